import { describe, expect, it } from "vitest";
import { extend } from "../../../src/commands/extend.js";
import { isLifetime, parseSeconds, repairLifetime } from "../../../src/config/duration.js";
import { configSchema } from "../../../src/config/schema.js";
import type { Context } from "../../../src/context.js";

const TIMES: readonly [string, boolean][] = [
  ["10m", true],
  ["90m", true],
  ["1.5h", true],
  ["8 h", true],
  ["7d", true],
  ["9m", false],
  ["169h", false],
  ["8d", false],
  ["90", false],
  ["8 hours", false],
  ["-1h", false],
  ["", false],
];

/** A folder without a project: whatever passes the first check fails at the second. */
const nowhere = { directory: "/nonexistent", env: {} } as unknown as Context;

describe("how long a cluster may live", () => {
  it.each(TIMES)("%j: %s, in aws.ttl and in extend alike", async (time, allowed) => {
    expect(isLifetime(time)).toBe(allowed);
    expect(configSchema.safeParse({ project: "flights", aws: { ttl: time } }).success).toBe(allowed);
    const refused = extend.run(nowhere, [time], {}).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(/a time with its unit/.test(await refused)).toBe(!allowed);
  });

  it.each([
    ["90", "90m"],
    ["8", "8h"],
    ["8 hours", "8h"],
    ["2Days", "2d"],
  ])("%j was probably meant as %j", (wrong, meant) => {
    expect(repairLifetime(wrong)).toBe(meant);
    expect(isLifetime(meant)).toBe(true);
  });

  it("is told apart by its unit", () => {
    expect(["90m", "1.5h", "2d"].map(parseSeconds)).toEqual([5400, 5400, 172_800]);
  });
});
