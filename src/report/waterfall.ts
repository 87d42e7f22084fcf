import type { Bar } from "./events.js";

/** Draws the steps as bars under each other, `width` characters in all. */
export function drawWaterfall(bars: readonly Bar[], width: number): string[] {
  const total = Math.max(...bars.map((bar) => bar.end), 0.001);
  const nameWidth = Math.max(...bars.map((bar) => bar.step.length));
  const room = Math.max(10, Math.min(width, 100) - nameWidth - 12);
  return bars.map((bar) => {
    const from = Math.min(Math.floor((bar.start / total) * room), room - 1);
    const length = Math.max(1, Math.round(((bar.end - bar.start) / total) * room));
    const drawn = `${" ".repeat(from)}${"█".repeat(Math.min(length, room - from))}`.padEnd(room);
    return `${bar.step.padEnd(nameWidth)} ${drawn} ${(bar.end - bar.start).toFixed(1).padStart(6)} s`;
  });
}
