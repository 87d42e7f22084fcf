import { describe, expect, it } from "vitest";
import { leavingOptions } from "../../../src/commands/scale.js";

describe("workers that leave", () => {
  it.each([
    ["ten minutes unless told otherwise", {}, 600],
    ["as long as they are given", { timeout: "2h" }, 7200],
    ["no time with --now", { now: true, timeout: "2h" }, 0],
  ])("have %s", (_, options, timeoutSeconds) => {
    expect(leavingOptions(options)).toEqual({ timeoutSeconds });
  });

  it("are given no time that is none", () => {
    expect(() => leavingOptions({ timeout: "soon" })).toThrow('"soon" is no duration.');
  });
});
