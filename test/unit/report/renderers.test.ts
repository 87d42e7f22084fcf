import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { Event } from "../../../src/report/events.js";
import { jsonRenderer, plainRenderer, type Target } from "../../../src/report/renderers.js";
import { colorsFor } from "../../../src/report/screen.js";
import { terminalRenderer } from "../../../src/report/terminal.js";
import { drawWaterfall } from "../../../src/report/waterfall.js";
import { flatten, padColumns, truncate } from "../../../src/report/width.js";

const WIDTHS = [20, 40, 80, 200];
const PLAIN = colorsFor({}, {});
const SHOWN = { quiet: false, verbose: false, colors: PLAIN };
const WIDE = "日本語の長いジョブ名 👩‍👩‍👧‍👦 e\u0301 ".repeat(12);

function screen(columns: number): { target: Target; written: () => string } {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { target: Object.assign(stream, { columns, rows: 24, isTTY: true }) as never, written: () => text };
}

describe("cutting text", () => {
  it.each(WIDTHS)("to %i columns never exceeds them", (columns) => {
    for (const text of [WIDE, "x".repeat(500), "short", ""])
      expect(stringWidth(truncate(text, columns))).toBeLessThanOrEqual(columns);
  });

  it("leaves what fits and marks what is cut", () => {
    expect(truncate("abc", 3)).toBe("abc");
    expect(truncate("abcd", 3)).toBe("ab…");
    expect(truncate("日本語", 4)).toBe("日…");
    expect(truncate("abc", 0)).toBe("");
  });

  it("never cuts a character made of several code points", () => {
    expect(truncate("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 4)).toBe("👩‍👩‍👧‍👦…");
  });

  it("leaves no control character of a tool's line", () => {
    expect(flatten("\u001b[32m#5\u001b[0m\tdone\u001b[2K\r\u0007")).toBe("#5 done ");
  });

  it("fills up by columns, not by characters", () => {
    expect(padColumns("日本", 6)).toBe("日本  ");
  });
});

describe("the waterfall", () => {
  const bars = [
    { step: "network", start: 0, end: 0.4 },
    { step: "register", start: 0.4, end: 12.3 },
    { step: "a-step-with-quite-a-long-name", start: 12, end: 12.01 },
  ];

  it.each(WIDTHS)("fits into %i columns and keeps the seconds", (columns) => {
    const lines = drawWaterfall(bars, columns);
    expect(lines.map((line) => stringWidth(line) <= columns)).toEqual([true, true, true]);
    expect(lines.map((line) => /(\d+\.\d) s$/.exec(line)?.[1])).toEqual(["0.4", "11.9", "0.0"]);
  });

  it("draws bars where there is room", () => {
    expect(drawWaterfall(bars.slice(0, 2), 40).join("\n")).toContain("█");
    expect(drawWaterfall(bars.slice(0, 2), 20).join("\n")).not.toContain("█");
    expect(drawWaterfall([], 40)).toEqual([]);
  });
});

const EVENTS: readonly Event[] = [
  { type: "step.started", t: 0, step: "image", title: WIDE },
  { type: "step.progress", t: 0, step: "image", text: WIDE },
  { type: "step.finished", t: 1000, step: "image", seconds: 1 },
  { type: "step.failed", t: 1000, step: "start", seconds: 2.04 },
  { type: "note", t: 1000, level: "warning", text: "careful" },
];

describe("a terminal", () => {
  it.each(WIDTHS)("of %i columns shows one row for each running step", (columns) => {
    const { target, written } = screen(columns);
    const renderer = terminalRenderer(target, SHOWN);
    for (const event of EVENTS.slice(0, 2)) renderer.subscriber(event);
    renderer.stop();
    const rows = stripVTControlCharacters(written()).split("\n");
    expect(rows.some((row) => row.includes("日本語"))).toBe(true);
    expect(Math.max(...rows.map((row) => stringWidth(row)))).toBeLessThan(columns);
  });
});

describe("lines for pipes and CI", () => {
  const lines = (options: typeof SHOWN) => {
    const { target, written } = screen(80);
    const { subscriber } = plainRenderer(target, options);
    for (const event of EVENTS) subscriber(event);
    return written();
  };

  it("say when a step starts and how it ended, without control characters", () => {
    const text = lines(SHOWN);
    expect(text).toBe(stripVTControlCharacters(text));
    expect(text).toBe(`… ${WIDE}\n✔ image  1.0 s\n✘ start  2.0 s\n! careful\n`);
  });

  it("show progress with --verbose, and only trouble with --quiet", () => {
    expect(lines({ ...SHOWN, verbose: true })).toContain(`  ${WIDE}\n`);
    expect(lines({ ...SHOWN, quiet: true })).toBe("✘ start  2.0 s\n! careful\n");
  });

  it("are coloured where that was asked for", () => {
    expect(lines({ ...SHOWN, colors: colorsFor({}, { FORCE_COLOR: "1" }) })).toContain("\u001b[32m✔");
  });
});

it("tells programs every event as one line of JSON", () => {
  const { target, written } = screen(20);
  const { subscriber } = jsonRenderer(target, SHOWN);
  for (const event of EVENTS) subscriber(event);
  const parsed = written()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(parsed).toEqual(EVENTS);
});
