import type { Context } from "../context.js";
import { InterruptedError } from "../errors.js";

export interface StoppableWork<T> {
  start(): Promise<unknown>;
  /** Waits for the end of what was started. */
  follow(signal: AbortSignal): Promise<T>;
  stop(signal: "INT" | "KILL"): Promise<void>;
  /** For work that outlives the terminal: how to come back to it. */
  readonly comeBack?: string | undefined;
}

const NOTES = [
  "Stopping; press Ctrl-C again to kill it.",
  "Killing it; press Ctrl-C again to leave it as it is.",
  "Leaving it: it may still run.",
];

/** Runs something with a life of its own, which the first Ctrl-C stops and the second one kills. */
export async function runStoppable<T>(context: Context, work: StoppableWork<T>): Promise<T> {
  const { report, onInterrupt } = context;
  const hangUp = new AbortController();
  let interrupts = 0;
  const stop = () =>
    work
      .stop(interrupts === 1 ? "INT" : "KILL")
      .catch((error: Error) => report.note(error.message, "warning"));
  // From before its start on, so that no Ctrl-C leaves anything running.
  const release = onInterrupt((count, signal) => {
    if (signal === "SIGHUP" && work.comeBack !== undefined) return hangUp.abort();
    interrupts = count;
    report.note(NOTES[Math.min(count, NOTES.length) - 1] ?? "", "warning");
    if (count < NOTES.length) void stop();
  });
  try {
    await work.start();
    if (interrupts > 0) await stop();
    return await work.follow(hangUp.signal);
  } catch (error) {
    if (error instanceof InterruptedError && hangUp.signal.aborted) throw new InterruptedError(work.comeBack);
    throw error;
  } finally {
    release();
  }
}
