import { readMaster } from "../adapters/spark-master.js";
import type { Context } from "../context.js";
import type { WorkerSize } from "../plan/sizing.js";
import { counted, MIB } from "../plan/units.js";
import { type Probe, waitUntil } from "../wait.js";

export interface ExpectedWorker {
  /** "worker-1" … */
  readonly node: string;
  /** Under which it registers at the master. */
  readonly host: string;
}

export interface WorkersRequest {
  readonly expected: readonly ExpectedWorker[];
  /** What each of them has to offer. */
  readonly cores: number;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly hint: (node: string) => string;
  readonly onWait: (seen: string) => void;
  /** Where the master's UI is by now; throws when the wait is in vain. */
  readonly ui: () => Promise<string | undefined>;
  /** What a node's boot and container said last; asked at the deadline, of those that are missing. */
  readonly lastWords: (node: string) => Promise<string>;
}

export interface RegistrationRequest
  extends Omit<WorkersRequest, "cores" | "memoryMiB" | "signal" | "onWait"> {
  readonly worker: WorkerSize;
}

/** Of more nodes than these the last words say nothing new. */
const MOST_NODES_HEARD = 3;

async function hear(missing: readonly string[], lastWords: WorkersRequest["lastWords"]): Promise<string> {
  const heard = await Promise.all(
    missing.slice(0, MOST_NODES_HEARD).map(async (node) => {
      const words = await lastWords(node).catch((error: unknown) => (error as Error).message);
      return `== ${node}\n${words}`;
    }),
  );
  const more = missing.length - heard.length;
  return [...heard, ...(more > 0 ? [`== and ${more} more`] : [])].join("\n");
}

/**
 * Waits until all workers are ALIVE at the master with what they were planned to have; returns their number.
 * @throws UserError (exit code 5) at the deadline, with the missing nodes and what they said last.
 */
export function waitForWorkers(request: WorkersRequest): Promise<number> {
  const { expected, cores, memoryMiB, timeoutSeconds, signal, onWait, ui } = request;
  let missing: readonly string[] = ["master"];
  return waitUntil({
    description: `${expected.length} workers to register at the master`,
    timeoutSeconds,
    signal,
    hint: () => request.hint(missing[0] ?? "master"),
    onWait,
    evidence: () => hear(missing, request.lastWords),
    probe: async (): Promise<Probe<number>> => {
      const address = await ui();
      const state = address === undefined ? undefined : await readMaster(address);
      missing = state ? [] : ["master"];
      if (!state) return { done: false, seen: "the master does not answer yet" };
      // Of a machine that is gone the master believes for a minute that it is alive.
      const alive = state.workers.filter(
        (worker) => worker.alive && expected.some(({ host }) => host === worker.host),
      );
      const whole = alive.filter((worker) => worker.cores === cores && worker.memoryMiB === memoryMiB);
      const here = new Set(whole.map(({ host }) => host));
      missing = expected.filter(({ host }) => !here.has(host)).map(({ node }) => node);
      if (missing.length === 0) return { done: true, value: expected.length };
      const odd = alive.find((worker) => !whole.includes(worker));
      const but = odd ? `; ${odd.host} offers ${odd.cores} cores and ${odd.memoryMiB} MiB` : "";
      return {
        done: false,
        seen: `${here.size} of ${expected.length} workers ALIVE; missing: ${missing.join(", ")}${but}`,
      };
    },
  });
}

/**
 * The step in which workers register.
 * @throws UserError as waitForWorkers does.
 */
export async function registerWorkers(
  { worker, ...request }: RegistrationRequest,
  { report, signal }: Pick<Context, "report" | "signal">,
): Promise<void> {
  const { cores, executorHeapBytes, executors } = worker;
  const memoryMiB = (executorHeapBytes * executors) / MIB;
  const count = request.expected.length;
  await report.step(
    "register",
    `Waiting for ${counted(count, "worker")}`,
    (step) => waitForWorkers({ ...request, cores, memoryMiB, signal, onWait: step.progress }),
    (n) => `${n} of ${count} workers ALIVE`,
  );
}
