import type { Event, Subscriber } from "./events.js";
import { type Colors, columnsOf } from "./screen.js";
import { drawWaterfall } from "./waterfall.js";

export interface Renderer {
  readonly subscriber: Subscriber;
  /** Leaves the screen clean: to be called before anything else is printed, and at the end. */
  stop(): void;
}

export interface RendererOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly colors: Colors;
}

/** What a renderer needs of a stream. */
export type Target = NodeJS.WriteStream;

/** A line for an event that stays on the screen, or nothing for one that only lives while it is current. */
export function settledLines(event: Event, options: RendererOptions, columns: number): string[] {
  const { colors } = options;
  const duration = (seconds: number) => colors.dim(`${seconds.toFixed(1)} s`);
  switch (event.type) {
    case "step.finished":
      return [
        `${colors.green("✔")} ${event.step}${event.text ? `: ${event.text}` : ""}  ${duration(event.seconds)}`,
      ];
    case "step.failed":
      return [`${colors.red("✘")} ${event.step}  ${duration(event.seconds)}`];
    case "note":
      if (event.level === "debug") return [colors.dim(event.text)];
      return [event.level === "warning" ? `${colors.yellow("!")} ${event.text}` : event.text];
    case "step.progress":
      return options.verbose ? [colors.dim(`  ${event.text}`)] : [];
    case "waterfall":
      return ["", ...drawWaterfall(event.bars, columns)];
    default:
      return [];
  }
}

export function isShown(event: Event, { quiet, verbose }: RendererOptions): boolean {
  if (event.type === "note" && event.level === "debug") return verbose;
  return !quiet || event.type === "step.failed" || (event.type === "note" && event.level === "warning");
}

/** One line per finished step, for CI logs and pipes. */
export function plainRenderer(target: Target, options: RendererOptions): Renderer {
  return {
    subscriber: (event) => {
      if (!isShown(event, options)) return;
      if (event.type === "step.started") target.write(`… ${event.title}\n`);
      for (const line of settledLines(event, options, columnsOf(target))) target.write(`${line}\n`);
    },
    stop: () => {},
  };
}

/** One JSON object per event, for programs; goes to standard error so that standard output holds the result alone. */
export function jsonRenderer(target: Target, options: RendererOptions): Renderer {
  return {
    subscriber: (event) => {
      if (isShown(event, options)) target.write(`${JSON.stringify(event)}\n`);
    },
    stop: () => {},
  };
}
