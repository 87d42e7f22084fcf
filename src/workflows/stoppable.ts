import type { Context } from "../context.js";

export interface StoppableWork<T> {
  start(): Promise<unknown>;
  /** Waits for the end of what was started. */
  follow(): Promise<T>;
  stop(signal: "INT" | "KILL"): Promise<void>;
}

/** Runs something with a life of its own, which the first Ctrl-C stops and the second one kills. */
export async function runStoppable<T>(context: Context, work: StoppableWork<T>): Promise<T> {
  const { report, onInterrupt } = context;
  let interrupts = 0;
  const stop = () =>
    work
      .stop(interrupts === 1 ? "INT" : "KILL")
      .catch((error: Error) => report.note(error.message, "warning"));
  // From before its start on, so that no Ctrl-C leaves anything running.
  const release = onInterrupt((count) => {
    interrupts = count;
    report.note(count === 1 ? "Stopping; press Ctrl-C again to kill it." : "Killing it.", "warning");
    void stop();
  });
  try {
    await work.start();
    if (interrupts > 0) await stop();
    return await work.follow();
  } finally {
    release();
  }
}
