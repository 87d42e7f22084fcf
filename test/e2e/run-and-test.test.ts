import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Cli, objectsOf } from "../support/cli.js";
import { newProject } from "../support/project.js";

const cli = new Cli(newProject());

beforeAll(async () => {
  writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), "project: probe-run\nworkers: 1\n");
  await cli.json("build");
});

describe("run", () => {
  it("makes a cluster, runs the job, and leaves nothing behind, whatever the job's exit code", async () => {
    const { exitCode } = await cli.run(["run", "--purge", "jobs/leave.py", "5"]);
    expect(exitCode).toBe(5);
    expect(await objectsOf("probe-run")).toEqual([]);
  });

  it("leaves nothing behind after Ctrl-C while the cluster is being made", async () => {
    const { exitCode } = await cli.run(["run", "--purge", "jobs/wait.py"], {
      when: { text: "Waiting for 1 worker", act: (kill) => kill("SIGINT") },
    });
    expect(exitCode).toBe(130);
    expect(await objectsOf("probe-run")).toEqual([]);
  });
});

describe("names and secrets", () => {
  it.each(["..", "a/b", "", "Local"])("destroy %j removes nothing", async (name) => {
    expect((await cli.run(["destroy", name])).exitCode).toBe(2);
  });

  it("a build that would ship the clusters' secrets is refused, with the line to add", async () => {
    const other = new Cli(newProject());
    writeFileSync(join(other.directory, ".dockerignore"), ".git\n");
    const { exitCode, stderr } = await other.run(["build"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/secrets of clusters.*echo \.pyspark-deploy >>/s);
  });

  it("an edit of the Dockerfile makes a new image, also when .dockerignore leaves it out", async () => {
    const other = new Cli(newProject());
    writeFileSync(join(other.directory, ".dockerignore"), ".pyspark-deploy\nDockerfile\n");
    const before = await other.json<{ image: string }>("build");
    appendFileSync(join(other.directory, "Dockerfile"), "ENV EDITED=1\n");
    expect((await other.json<{ image: string }>("build")).image).not.toBe(before.image);
  });
});

describe("test", () => {
  it("runs the project's pytest in its image with a local session", async () => {
    const { exitCode, stdout } = await cli.run(["test"]);
    expect(stdout).toMatch(/3 passed/);
    expect(exitCode).toBe(0);
  });

  it("passes arguments on and returns pytest's exit code", async () => {
    const { exitCode, stdout } = await cli.run(["test", "--", "-k", "no_such_test"]);
    expect(stdout).toMatch(/3 deselected/);
    expect(exitCode).toBe(5);
  });

  it("fails with the project's failing test, in an image that has the change", async () => {
    writeFileSync(join(cli.directory, "fail"), "");
    const { exitCode, stdout } = await cli.run(["test"]);
    expect(stdout).toMatch(/1 failed, 2 passed/);
    expect(exitCode).toBe(1);
    expect(await objectsOf("probe-run")).toEqual([]);
  });
});
