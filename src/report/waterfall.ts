import type { Bar } from "./events.js";
import { padColumns, truncate } from "./width.js";

const WIDEST = 100;
/** A bar that is shorter tells nothing: the seconds alone are shown. */
const SHORTEST_BAR = 5;
/** " 12345.6 s" */
const SECONDS_COLUMNS = 9;

function drawBar(bar: Bar, total: number, room: number): string {
  const from = Math.min(Math.floor((bar.start / total) * room), room - 1);
  const length = Math.max(1, Math.round(((bar.end - bar.start) / total) * room));
  return `${" ".repeat(from)}${"█".repeat(Math.min(length, room - from))}`.padEnd(room);
}

/** Draws the steps as bars under each other; no line has more than `columns`. */
export function drawWaterfall(bars: readonly Bar[], columns: number): string[] {
  const width = Math.min(columns, WIDEST);
  const total = Math.max(...bars.map((bar) => bar.end), 0.001);
  const longest = Math.max(...bars.map((bar) => bar.step.length));
  const nameWidth = Math.max(1, Math.min(longest, width - SECONDS_COLUMNS));
  const room = width - nameWidth - SECONDS_COLUMNS - 1;
  return bars.map((bar) => {
    const name = padColumns(truncate(bar.step, nameWidth), nameWidth);
    const seconds = `${(bar.end - bar.start).toFixed(1).padStart(SECONDS_COLUMNS - 3)} s`;
    return room < SHORTEST_BAR ? `${name} ${seconds}` : `${name} ${drawBar(bar, total, room)} ${seconds}`;
  });
}
