import { setTimeout as delay } from "node:timers/promises";
import { ExitCode, InterruptedError, UserError } from "./errors.js";

export type Probe<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly seen: string };

export interface Readiness<T> {
  /** What is awaited, as it stands in "waited 120 s for …". */
  readonly description: string;
  readonly timeoutSeconds: number;
  /** Between two probes; 400 unless a probe is costly. */
  readonly longestDelayMs?: number;
  readonly probe: () => Promise<Probe<T>>;
  readonly onWait?: (seen: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** How to mend it, where that depends on what was seen last: asked at the deadline. */
  readonly hint?: string | (() => string);
  /** What tells why it did not come, shown with the time-out; asked at the deadline alone. */
  readonly evidence?: () => Promise<string>;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 400;

/**
 * Polls until the condition holds.
 * @throws UserError (exit code 5) at the deadline, with what was last seen; InterruptedError when `signal` fires.
 */
export async function waitUntil<T>(readiness: Readiness<T>): Promise<T> {
  const deadline = Date.now() + readiness.timeoutSeconds * 1000;
  const longest = readiness.longestDelayMs ?? LONGEST_DELAY_MS;
  for (let pause = FIRST_DELAY_MS; ; pause = Math.min(pause * 1.3, longest)) {
    if (readiness.signal?.aborted) throw new InterruptedError();
    const result = await readiness.probe();
    if (result.done) return result.value;
    readiness.onWait?.(result.seen);
    if (Date.now() >= deadline) {
      throw new UserError({
        exitCode: ExitCode.notReady,
        message: `Waited ${readiness.timeoutSeconds} s for ${readiness.description}; last seen: ${result.seen}.`,
        hint: typeof readiness.hint === "function" ? readiness.hint() : readiness.hint,
        output: await readiness.evidence?.(),
      });
    }
    await delay(pause);
  }
}
