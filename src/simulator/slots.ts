/** Lets so many pieces of work run at once; the others wait their turn, and fail at it once `signal` has fired. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(
    count: number,
    private readonly signal: AbortSignal,
  ) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      this.signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
