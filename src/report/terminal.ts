import { createLogUpdate } from "log-update";
import { isShown, type Renderer, type RendererOptions, settledLines, type Target } from "./renderers.js";
import { columnsOf } from "./screen.js";
import { flatten, truncate } from "./width.js";

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
      // One row for each step: a wrapped one would be counted as one and leave its rest on the screen.
      return truncate(line, columnsOf(target) - 1);
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
        if (step) step.text = flatten(event.text);
      }
      if (event.type === "step.finished" || event.type === "step.failed") running.delete(event.step);
      const lines = settledLines(event, options, columnsOf(target));
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
