import { setMaxListeners } from "node:events";
import { ExitCode } from "./errors.js";

/** Called with how often it happened by now, and by which signal. */
export type InterruptHandler = (count: number, signal: NodeJS.Signals) => void;

/**
 * Ctrl-C, once: the work in hand is told (or, when nobody asked to be told, cancelled and undone). Twice: at once, leaving
 * what the next command finds and finishes. SIGTERM and a closed terminal count as
 * Ctrl-C.
 */
export class Interrupts {
  readonly #abort = new AbortController();
  readonly #handlers = new Set<InterruptHandler>();
  #count = 0;

  constructor() {
    // All that is under way at once listens to the one signal; none of it is a leak.
    setMaxListeners(0, this.#abort.signal);
    process.on("SIGINT", this.#onSignal);
    process.on("SIGTERM", this.#onSignal);
    process.on("SIGHUP", this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly #onSignal = (signal: NodeJS.Signals) => {
    this.#count += 1;
    if (this.#handlers.size > 0) {
      for (const handler of this.#handlers) handler(this.#count, signal);
      // Whatever keeps them from ending: nobody has to press it four times.
      if (this.#count >= 3) process.exit(ExitCode.interrupted);
    } else if (this.#count === 1) {
      this.#abort.abort();
    } else {
      process.exit(ExitCode.interrupted);
    }
  };

  /** Takes Ctrl-C over until the returned function is called. */
  onInterrupt(handler: InterruptHandler): () => void {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
      this.#count = 0;
    };
  }

  dispose(): void {
    process.off("SIGINT", this.#onSignal);
    process.off("SIGTERM", this.#onSignal);
    process.off("SIGHUP", this.#onSignal);
  }
}
