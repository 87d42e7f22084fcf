import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Case, caseName } from "../crash/cases.js";
import { runCase } from "../crash/run-case.js";
import { Worlds } from "../crash/world.js";
import { terraformEnvironment } from "../support/terraform.js";

/** A sample of scripts/crash-matrix, which has hundreds. */
const SAMPLE: readonly Case[] = (
  [
    ["create", "cli", "SIGKILL", "before", "calls", 12],
    ["create", "cli", "SIGKILL", "before", "terraform", 60],
    ["create", "cli", "SIGINT", "after", "terraform", 25],
    ["create", "terraform", "SIGKILL", "after", "terraform", 30],
    ["create", "laptop", "SIGKILL", "after", "terraform", 80],
    ["destroy", "cli", "SIGKILL", "after", "calls", 25],
    ["destroy", "cli", "SIGINT twice", "before", "calls", 40],
  ] as const
).map(([verb, who, blow, when, steps, step]) => ({
  ...{ verb, who, blow, when, steps, step },
  ...{ every: 1, again: false },
}));

const scratch = mkdtempSync(join(tmpdir(), "psd-crash-"));
let worlds: Worlds;

beforeAll(async () => {
  Object.assign(process.env, terraformEnvironment(scratch));
  worlds = await Worlds.start("none", 3);
});

afterAll(async () => {
  await worlds.stop();
  rmSync(scratch, { recursive: true });
});

it.concurrent.for(SAMPLE.map((one): [string, Case] => [caseName(one), one]))(
  "nothing is left when it is killed: %s",
  async ([, one]) => {
    const { hit, left, problems } = await worlds.within((world) => runCase(world, one));
    expect({ hit, left, problems }).toEqual({ hit: expect.any(String), left: [], problems: [] });
  },
);
