import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { configFolder, userError } from "../../support/config.js";

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");

function problems(yaml: string): string[] {
  const directory = configFolder(yaml);
  const { message } = userError(() => loadConfig({ directory, env: {} }));
  return message.split(`${directory}/pyspark-deploy.yaml:`).slice(1);
}

// Reading on would take minutes, and tell thousands of problems that are none.
describe("a file that is far too large for a config", () => {
  it("has one problem where its keys become too many, and none of those keys is told", () => {
    const [first, ...others] = problems(lines(14_000, (index) => `key${index}: 1`));
    expect(others).toEqual([]);
    expect(first).toMatch(/^5000:\d+: a config has at most 5000 values\n {4}delete what is not needed/);
  });

  it("has one problem where its aliases repeat too many values", () => {
    const [first, ...others] = problems(`workers: &a 2\n${lines(20_000, (index) => `k${index}: *a`)}`);
    expect(others).toEqual([]);
    expect(first).toMatch(/^\d+:\d+: aliases repeat too many values\n {4}write the values out/);
  });

  it("has one problem where its levels become too many", () => {
    const [first, ...others] = problems(`worker: ${"{a: ".repeat(30)}1${"}".repeat(30)}\n`);
    expect(others).toEqual([]);
    expect(first).toMatch(/^1:\d+: values are nested too deeply\n {4}write the values out/);
  });

  it("has one problem where one key is set too often", () => {
    const [first, ...others] = problems(lines(20_000, () => "workers: 2"));
    expect(others).toEqual([]);
    expect(first).toMatch(/^5000:1: a config has at most 5000 values/);
  });
});

describe("a file with many mistakes", () => {
  it("has the first of them told and the others counted", () => {
    const told = problems(lines(4_900, (index) => `key${index}: 1`));
    expect(told).toHaveLength(50);
    expect(told.at(-1)).toContain("and 4850 more");
    // Seconds of work, more of them on a busy machine.
  }, 30_000);
});
