import { describe, expect, it } from "vitest";
import { columnsOf, mayColor, mayRedraw } from "../../../src/report/screen.js";

const TERMINAL = { isTTY: true, columns: 120 };
const PIPE = {};

describe("colours", () => {
  it.each([
    ["a terminal", TERMINAL, {}, true],
    ["a pipe", PIPE, {}, false],
    ["a dumb terminal", TERMINAL, { TERM: "dumb" }, false],
    ["NO_COLOR", TERMINAL, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR", TERMINAL, { NO_COLOR: "" }, true],
    ["FORCE_COLOR in a pipe", PIPE, { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR=0 on a terminal", TERMINAL, { FORCE_COLOR: "0" }, false],
    ["both", TERMINAL, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
    ["CI writing to a file", PIPE, { CI: "true" }, false],
    ["CI that asks for colours", PIPE, { CI: "true", FORCE_COLOR: "1" }, true],
  ])("%s", (_, stream, env, expected) => {
    expect(mayColor(stream, env)).toBe(expected);
  });
});

describe("redrawing", () => {
  it.each([
    ["a terminal", TERMINAL, {}, true],
    ["a pipe", PIPE, {}, false],
    ["a dumb terminal", TERMINAL, { TERM: "dumb" }, false],
    ["CI with a terminal", TERMINAL, { CI: "true" }, false],
    ["CI=false", TERMINAL, { CI: "false" }, true],
    ["NO_COLOR", TERMINAL, { NO_COLOR: "1" }, true],
  ])("%s", (_, stream, env, expected) => {
    expect(mayRedraw(stream, env)).toBe(expected);
  });
});

it("takes 80 columns where nobody knows", () => {
  expect([columnsOf(TERMINAL), columnsOf(PIPE), columnsOf({ columns: 0 })]).toEqual([120, 80, 80]);
});
