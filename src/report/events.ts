/** What the core says while it works. Renderers turn it into text; nothing below `cli.ts` prints. */
export type Event =
  | { readonly type: "step.started"; readonly t: number; readonly step: string; readonly title: string }
  | { readonly type: "step.progress"; readonly t: number; readonly step: string; readonly text: string }
  | {
      readonly type: "step.finished";
      readonly t: number;
      readonly step: string;
      readonly seconds: number;
      readonly text?: string;
    }
  | { readonly type: "step.failed"; readonly t: number; readonly step: string; readonly seconds: number }
  | {
      readonly type: "note";
      readonly t: number;
      readonly level: "info" | "warning" | "debug";
      readonly text: string;
    }
  | { readonly type: "waterfall"; readonly t: number; readonly bars: readonly Bar[] };

/** One step of the start-up waterfall, in seconds from the first step's start. */
export interface Bar {
  readonly step: string;
  readonly start: number;
  readonly end: number;
}

export type Subscriber = (event: Event) => void;

export interface Step {
  /** The latest line of what is going on inside the step. */
  progress(text: string): void;
}

/** Sends events to one subscriber and remembers when each step ran. Times are Unix milliseconds. */
export class Reporter {
  readonly #bars: Bar[] = [];
  #origin: number | undefined;

  constructor(
    private readonly subscriber: Subscriber,
    private readonly now: () => number = Date.now,
  ) {}

  /** Runs `work` as a step; `describe` adds what came out of it to the finished line. */
  async step<T>(
    step: string,
    title: string,
    work: (step: Step) => Promise<T>,
    describe?: (result: T) => string | undefined,
  ): Promise<T> {
    const started = this.now();
    this.#origin ??= started;
    const origin = this.#origin;
    this.subscriber({ type: "step.started", t: started, step, title });
    const seconds = () => (this.now() - started) / 1000;
    try {
      const result = await work({
        progress: (text) => this.subscriber({ type: "step.progress", t: this.now(), step, text }),
      });
      const text = describe?.(result);
      this.#bars.push({ step, start: (started - origin) / 1000, end: (this.now() - origin) / 1000 });
      this.subscriber({
        type: "step.finished",
        t: this.now(),
        step,
        seconds: seconds(),
        ...(text !== undefined && { text }),
      });
      return result;
    } catch (error) {
      this.subscriber({ type: "step.failed", t: this.now(), step, seconds: seconds() });
      throw error;
    }
  }

  note(text: string, level: "info" | "warning" | "debug" = "info"): void {
    this.subscriber({ type: "note", t: this.now(), level, text });
  }

  /** The steps so far, in order of their start. */
  waterfall(): readonly Bar[] {
    return this.#bars.toSorted((a, b) => a.start - b.start);
  }

  showWaterfall(): void {
    this.subscriber({ type: "waterfall", t: this.now(), bars: this.waterfall() });
  }
}
