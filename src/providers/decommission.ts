import type { DockerEngine } from "../adapters/docker/engine.js";
import { executorsOf, type MasterState, readMaster } from "../adapters/spark-master.js";
import type { Context } from "../context.js";
import { ExitCode, UserError } from "../errors.js";
import type { WorkerFacts } from "../plan/scaling.js";
import { counted } from "../plan/units.js";
import { type Probe, waitUntil } from "../wait.js";

/**
 * Signals the daemon alone: an executor that gets the signal beside its driver's message ends at once (Spark 4.3 takes it for the
 * second), with all that it had yet to move.
 */
const SIGNAL_DAEMON = [
  "bash",
  "-c",
  `for p in /proc/[0-9]*; do grep -qxz org.apache.spark.deploy.worker.Worker $p/cmdline 2>/dev/null && kill -PWR \${p#/proc/} && told=1; done; [ "$told" ]`,
];

/**
 * Tells the worker in a container to take no more work and to hand its blocks over; nothing brings it back when it ends.
 * @throws UserError (exit code 5) when no worker runs in it.
 */
export async function tellWorker(engine: DockerEngine, container: string): Promise<void> {
  await engine.neverRestart(container);
  const { exitCode, stderr } = await engine.execQuietly(container, SIGNAL_DAEMON);
  if (exitCode === 0) return;
  throw new UserError({
    exitCode: ExitCode.notReady,
    message: `No worker runs in ${container}: it can't be told to leave.`,
    hint: "Run the command again: a worker that does not run has nothing to hand over.",
    output: stderr,
  });
}

export interface DecommissionRequest {
  readonly leaving: readonly WorkerFacts[];
  /** The master's UI, as this machine reaches it. */
  readonly ui: string;
  readonly tell: (name: string) => Promise<void>;
  readonly timeoutSeconds: number;
  /** The command that goes on waiting. */
  readonly again: string;
}

/** What a worker still has to do before it may end; undefined when nothing. */
async function leftOn(host: string, ui: string, { workers }: MasterState): Promise<string | undefined> {
  const there = workers.filter((worker) => worker.host === host);
  if (there.some(({ alive }) => alive)) return "not told yet";
  const leaving = there.find(({ state }) => state === "DECOMMISSIONED");
  if (!leaving) return undefined;
  const executors = await executorsOf(ui, leaving.id);
  if (executors === undefined) return "no answer";
  return executors === 0 ? undefined : `${counted(executors, "executor")} with tasks or blocks to move`;
}

/**
 * Decommissions workers and waits until their executors have ended: an executor ends when its tasks are done, and its cached blocks
 * and shuffle files are on others. Jobs go on.
 * @throws UserError (exit code 5) at the deadline; the workers take no work any more, and the same command waits on.
 */
export async function decommission(request: DecommissionRequest, context: Context): Promise<void> {
  const { ui, timeoutSeconds, again } = request;
  const leaving = request.leaving.filter(({ state }) => state !== "absent");
  if (leaving.length === 0 || timeoutSeconds === 0) return;
  const names = leaving.map(({ name }) => name).join(", ");
  await context.report.step("decommission", `Moving blocks and shuffle files from ${names}`, async (step) => {
    const untold = leaving.filter(({ state }) => state === "alive");
    await Promise.all(untold.map(({ name }) => request.tell(name)));
    await waitUntil({
      description: `${names} to hand over what they have`,
      timeoutSeconds,
      signal: context.signal,
      hint: `They take no new work. Wait on: ${again}; or end them now, and Spark computes again what they had: ${again} --now`,
      onWait: step.progress,
      probe: async (): Promise<Probe<undefined>> => {
        const master = await readMaster(ui);
        if (!master) return { done: false, seen: "the master does not answer" };
        const left = await Promise.all(
          leaving.map(async ({ name, host }) => ({ name, what: await leftOn(host, ui, master) })),
        );
        const seen = left.flatMap(({ name, what }) => (what === undefined ? [] : [`${name}: ${what}`]));
        return seen.length === 0 ? { done: true, value: undefined } : { done: false, seen: seen.join("; ") };
      },
    });
  });
}
