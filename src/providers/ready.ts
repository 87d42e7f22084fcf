import { readMaster } from "../adapters/spark-master.js";
import { type Probe, waitUntil } from "../wait.js";

export interface WorkersRequest {
  readonly workers: number;
  /** Under which the master knows them: of a machine that is gone it believes for a minute that it is alive. */
  readonly hosts?: ReadonlySet<string> | undefined;
  /** What each of them has to offer. */
  readonly cores: number;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly hint: string;
  readonly onWait: (seen: string) => void;
  /** Where the master's UI is by now; throws when the wait is in vain. */
  readonly ui: () => Promise<string | undefined>;
}

/**
 * Waits until all workers are ALIVE at the master with what they were planned to have; returns their number.
 * @throws UserError (exit code 5) at the deadline.
 */
export function waitForWorkers(request: WorkersRequest): Promise<number> {
  const { workers, hosts, cores, memoryMiB, timeoutSeconds, signal, hint, onWait, ui } = request;
  return waitUntil({
    description: `${workers} workers to register at the master`,
    timeoutSeconds,
    signal,
    hint,
    onWait,
    probe: async (): Promise<Probe<number>> => {
      const address = await ui();
      const state = address === undefined ? undefined : await readMaster(address);
      if (!state) return { done: false, seen: "the master does not answer yet" };
      const alive = state.workers.filter((worker) => worker.alive && (hosts?.has(worker.host) ?? true));
      const whole = alive.filter((worker) => worker.cores === cores && worker.memoryMiB === memoryMiB);
      if (whole.length === workers) return { done: true, value: workers };
      const odd = alive.find((worker) => !whole.includes(worker));
      const but = odd ? `; ${odd.host} offers ${odd.cores} cores and ${odd.memoryMiB} MiB` : "";
      return { done: false, seen: `${whole.length} of ${workers} workers ALIVE${but}` };
    },
  });
}
