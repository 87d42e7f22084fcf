import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli, type CliOptions, docker, objectsOf } from "../support/cli.js";
import { newProject } from "../support/project.js";

interface Status {
  readonly clusters: readonly {
    readonly state: string;
    readonly wanted: number;
    readonly workers: readonly { readonly name: string; readonly alive: boolean }[];
    readonly repair?: string;
  }[];
}

const PROJECT = "probe-scale";
const cli = new Cli(newProject());
const container = (node: string) => `pyspark-deploy_${PROJECT}_local_${node}`;

async function status() {
  const [cluster] = (await cli.json<Status>("status", "local")).clusters;
  if (!cluster) throw new Error("no cluster");
  const alive = cluster.workers.filter((worker) => worker.alive).map(({ name }) => name);
  return { state: cluster.state, wanted: cluster.wanted, alive, repair: cluster.repair };
}

/** Where a test begins; nothing is done when it is so already. */
const begin = (workers: number) => cli.json("scale", "local", String(workers));

const scale = (workers: number, when: CliOptions["when"] = []) =>
  cli.run(["scale", "local", String(workers)], { when });

beforeAll(async () => {
  const config = `project: ${PROJECT}\nworkers: 1\nworker: {cores: 1, memory: 1500m}\n`;
  writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), config);
  await cli.json("create", "local");
});

afterAll(async () => {
  await cli.run(["destroy", "local", "--purge", "--yes"]);
  expect(await objectsOf(PROJECT)).toEqual([]);
});

describe("a local cluster that is scaled", () => {
  it("has as many workers as are asked for, all of them registered", async () => {
    expect(await cli.json("scale", "local", "3")).toMatchObject({ before: 1, workers: 3, added: 2 });
    expect(await status()).toMatchObject({
      state: "ready",
      wanted: 3,
      alive: ["worker-1", "worker-2", "worker-3"],
    });
  });

  it("moves shuffle files and blocks before a worker goes: a job finishes right, and makes nothing again", async () => {
    await begin(3);
    let scaled: Promise<{ readonly exitCode: number | undefined; readonly stderr: string }> | undefined;
    const job = await cli.run(["submit", "local", "jobs/shuffle.py", "2"], {
      when: {
        text: "shuffled on 3",
        act: () => {
          scaled = scale(2);
        },
      },
    });
    const { exitCode, stderr } = (await scaled) ?? {};
    expect(exitCode, stderr).toBe(0);
    expect(job.stdout).toContain("{'total': 4999950000, 'rows': 100000, 'made': 100000}");
    expect(await status()).toMatchObject({ state: "ready", wanted: 2, alive: ["worker-1", "worker-2"] });
    expect(await docker("ps", "--all", "--quiet", "--filter", `name=${container("worker-3")}`)).toBe("");
  });

  it("says that repair helps when a worker is lost, and repair brings it back", async () => {
    await begin(2);
    await docker("rm", "--force", container("worker-1"));
    await expect
      .poll(status, { timeout: 90_000, interval: 1000 })
      .toMatchObject({ state: "degraded", repair: "pyspark-deploy repair local" });
    expect(await cli.json("repair", "local")).toMatchObject({ workers: 2, added: 1 });
    expect(await status()).toMatchObject({ state: "ready", wanted: 2, repair: undefined });
    expect(await cli.json("repair", "local")).toMatchObject({ workers: 2, added: 0, mended: [] });
  });

  it("is finished by the same command after kill -9 in the middle", async () => {
    await begin(2);
    for (const [workers, text] of [
      [3, "Starting worker"],
      [1, "Moving blocks"],
    ] as const) {
      const killed = await scale(workers, { text, act: (kill) => kill("SIGKILL") });
      expect(killed.exitCode).toBeUndefined();
      const { exitCode, stderr } = await scale(workers);
      expect(exitCode, stderr).toBe(0);
      const { state, wanted, alive } = await status();
      expect([state, wanted, alive.length]).toEqual(["ready", workers, workers]);
    }
  });

  it("is not made larger than the engine's memory, nor smaller than one worker", async () => {
    await begin(1);
    const large = await scale(1000);
    expect(large.exitCode).toBe(2);
    expect(large.stderr).toMatch(/1000 workers of 1\.5 GiB need more than .*has room for \d+ workers/s);
    const none = await scale(0);
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toMatch(/one worker at least/);
    expect((await status()).wanted).toBe(1);
  });

  it("has to be made anew when its master is lost, and says how", async () => {
    await docker("rm", "--force", container("master"));
    const { exitCode, stderr } = await cli.run(["repair", "local"]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain("pyspark-deploy destroy local --yes; pyspark-deploy create local");
  });
});
