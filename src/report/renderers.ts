import { createLogUpdate } from "log-update";
import pc from "picocolors";
import type { Event, Subscriber } from "./events.js";
import { drawWaterfall } from "./waterfall.js";

export interface Renderer {
  readonly subscriber: Subscriber;
  /** Leaves the screen clean: to be called before anything else is printed, and at the end. */
  stop(): void;
}

export interface RendererOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
}

type Target = NodeJS.WriteStream;
const width = (target: Target) => target.columns ?? 80;
const duration = (seconds: number) => pc.dim(`${seconds.toFixed(1)} s`);

/** A line for an event that stays on the screen, or nothing for one that only lives while it is current. */
function settledLines(event: Event, options: RendererOptions, columns: number): string[] {
  switch (event.type) {
    case "step.finished":
      return [
        `${pc.green("✔")} ${event.step}${event.text ? `: ${event.text}` : ""}  ${duration(event.seconds)}`,
      ];
    case "step.failed":
      return [`${pc.red("✘")} ${event.step}  ${duration(event.seconds)}`];
    case "note":
      if (event.level === "debug") return [pc.dim(event.text)];
      return [event.level === "warning" ? `${pc.yellow("!")} ${event.text}` : event.text];
    case "step.progress":
      return options.verbose ? [pc.dim(`  ${event.text}`)] : [];
    case "waterfall":
      return ["", ...drawWaterfall(event.bars, columns)];
    default:
      return [];
  }
}

function isShown(event: Event, { quiet, verbose }: RendererOptions): boolean {
  if (event.type === "note" && event.level === "debug") return verbose;
  return !quiet || event.type === "step.failed" || (event.type === "note" && event.level === "warning");
}

/** One line per finished step, for CI logs and pipes. */
export function plainRenderer(target: Target, options: RendererOptions): Renderer {
  return {
    subscriber: (event) => {
      if (!isShown(event, options)) return;
      if (event.type === "step.started") target.write(`… ${event.title}\n`);
      for (const line of settledLines(event, options, 80)) target.write(`${line}\n`);
    },
    stop: () => {},
  };
}

/** Running steps at the bottom with a spinner and their seconds; finished ones scroll up. */
export function terminalRenderer(target: Target, options: RendererOptions): Renderer {
  const live = createLogUpdate(target, { showCursor: true });
  const running = new Map<string, { title: string; since: number; text: string }>();
  const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    frame = (frame + 1) % frames.length;
    const lines = [...running.values()].map(({ title, since, text }) => {
      const line = `${frames[frame]} ${title}  ${((Date.now() - since) / 1000).toFixed(1)} s${text ? `  ${text}` : ""}`;
      return line.slice(0, width(target) - 1);
    });
    live(lines.join("\n"));
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    live.clear();
  };
  return {
    subscriber: (event) => {
      if (!isShown(event, options)) return;
      if (event.type === "step.started")
        running.set(event.step, { title: event.title, since: event.t, text: "" });
      if (event.type === "step.progress") {
        const step = running.get(event.step);
        if (step) step.text = event.text;
      }
      if (event.type === "step.finished" || event.type === "step.failed") running.delete(event.step);
      const lines = settledLines(event, options, width(target));
      if (lines.length > 0) {
        live.clear();
        for (const line of lines) target.write(`${line}\n`);
      }
      if (running.size === 0) return stop();
      timer ??= setInterval(draw, 100).unref();
      draw();
    },
    stop,
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
