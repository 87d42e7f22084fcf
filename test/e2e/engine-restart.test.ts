import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli } from "../support/cli.js";
import { OwnEngine } from "../support/own-engine.js";
import { newProject } from "../support/project.js";

const possible = process.getuid?.() === 0 && spawnSync("dockerd", ["--version"]).status === 0;

describe.skipIf(!possible)("a cluster whose engine is restarted", () => {
  let engine: OwnEngine;
  let cli: Cli;
  let env: { DOCKER_HOST: string };
  const ok = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await cli.run(args, { env });
    if (exitCode !== 0) throw new Error(`${args.join(" ")} ended with ${exitCode}: ${stderr}`);
    return stdout;
  };

  beforeAll(async () => {
    engine = new OwnEngine();
    cli = new Cli(newProject(), engine.inside);
    env = { DOCKER_HOST: engine.host };
    writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), "project: probe-restart\nworkers: 1\n");
    const { image, s3 } = await new Cli(cli.directory).json<{ image: string; s3: string }>("build");
    await engine.start();
    await engine.load(image, s3);
    await ok("create", "local");
  });

  afterAll(async () => {
    await cli.run(["destroy", "local", "--purge", "--yes"], { env });
    await engine.remove();
  });

  it("ends the running job with the code of SIGTERM, comes back by itself with its data, and runs jobs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "psd-restart-"));
    writeFileSync(join(folder, "kept.txt"), "kept");
    await ok("cp", join(folder, "kept.txt"), "s3a://bucket/kept.txt");

    let stopped: Promise<void> | undefined;
    const job = await cli.run(["submit", "jobs/wait.py"], {
      env,
      when: {
        text: "waiting",
        act: () => {
          stopped = engine.stop();
        },
      },
    });
    await stopped;
    // As for any program that is told to end: 128 + SIGTERM.
    expect(job.exitCode).toBe(143);
    expect((await cli.run(["status"], { env })).exitCode).toBe(3);
    await engine.start();

    const state = async () => {
      const { clusters } = JSON.parse(await ok("--json", "status", "local")) as {
        clusters: { state: string }[];
      };
      return clusters[0]?.state;
    };
    await expect.poll(state, { timeout: 60_000 }).toBe("ready");
    const back = join(folder, "back.txt");
    const copied = () => cli.run(["cp", "s3a://bucket/kept.txt", back], { env });
    await expect.poll(async () => (await copied()).exitCode, { timeout: 60_000 }).toBe(0);
    expect(readFileSync(back, "utf8")).toBe("kept");
    expect(await ok("submit", "jobs/mark.py")).toContain("executors: ['from the image']");
  });
});
