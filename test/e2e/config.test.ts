import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Cli } from "../support/cli.js";
import { configFolder } from "../support/config.js";

describe("config", () => {
  it("prints what applies, with its source, and no secret", async () => {
    const cli = new Cli(configFolder("project: flights\nimage: {args: {API_TOKEN: abc123}}\n"));
    const { exitCode, stdout } = await cli.run(["config"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^project +flights +pyspark-deploy\.yaml:1$/m);
    expect(stdout).toMatch(/^image\.args\.API_TOKEN +\*+ +pyspark-deploy\.yaml:2$/m);
    const { values } = await cli.json<{ values: { key: string; value: unknown }[] }>("config");
    expect(values).toContainEqual(expect.objectContaining({ key: "workers", value: 2 }));
  });

  it.each([
    [["--json", "confg"], "Did you mean config?"],
    [["config", "--json", "--shcema"], "Did you mean --schema?"],
    [["--json"], "See what there is: pyspark-deploy --help"],
  ])("%j, a mistake in the command line, is one JSON object for programs", async (args, hint) => {
    const { exitCode, stdout, stderr } = await new Cli("/").run(args);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(JSON.parse(stderr)).toMatchObject({ type: "error", exitCode: 2, hint });
  });

  it("is told that the current folder was removed", () => {
    const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
    const cli = join(import.meta.dirname, "../../dist/cli.js");
    const command = `cd "${folder}" && rmdir "${folder}" && exec "${process.execPath}" "${cli}" config`;
    const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
    expect(stderr).toMatch(/^Error: The current folder does not exist any more\.\n→ Change into/);
    expect(status).toBe(2);
  });

  it("prints the JSON Schema without a config", async () => {
    const { exitCode, stdout } = await new Cli("/").run(["config", "--schema"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ title: "pyspark-deploy.yaml" });
  });

  it("ends with 2 and every mistake, never with a stack trace", async () => {
    const { exitCode, stdout, stderr } = await new Cli(configFolder("wokers: 3\nworkers: many\n")).run([
      "config",
    ]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/yaml:1:1: unknown key "wokers"\n +did you mean workers\?/);
    expect(stderr).toMatch(/yaml:2:10: workers: expected a whole number/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
