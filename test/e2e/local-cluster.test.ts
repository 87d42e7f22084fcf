import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Cli, docker, httpStatus, objectsOf } from "../support/cli.js";
import { newProject } from "../support/project.js";
import { Terminal } from "../support/terminal.js";

interface Status {
  readonly clusters: readonly {
    readonly state: string;
    readonly wanted: number;
    readonly workers: readonly {
      readonly name: string;
      readonly alive: boolean;
      readonly memoryMiB: number;
    }[];
    readonly parityKey: string;
    readonly current: boolean;
    readonly ui: string;
    readonly s3: string;
  }[];
}

const cli = new Cli(newProject());
const container = (node: string) => `pyspark-deploy_probe_local_${node}`;
const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";
const secrets = () =>
  Object.values(
    JSON.parse(
      readFileSync(join(cli.directory, ".pyspark-deploy/clusters/local/secrets.json"), "utf8"),
    ) as Record<string, unknown>,
  ).filter((value) => typeof value === "string");

async function status() {
  const [cluster] = (await cli.json<Status>("status", "local")).clusters;
  if (!cluster) throw new Error("no cluster");
  return cluster;
}

beforeAll(async () => {
  await cli.run(["destroy", "local", "--purge"]);
  await cli.json("create", "local");
});

afterAll(async () => {
  await cli.run(["destroy", "local", "--purge"]);
});

describe("a local cluster", () => {
  it("is ready with all of its workers, and says where to look", async () => {
    const cluster = await status();
    expect(cluster).toMatchObject({ state: "ready", wanted: 2, current: true });
    expect(cluster.workers.map(({ name, alive }) => [name, alive])).toEqual([
      ["worker-1", true],
      ["worker-2", true],
    ]);
    expect(await httpStatus(cluster.ui)).toBe(200);
    expect(await httpStatus(cluster.s3)).toBe(403);
  });

  it("tells people the same in text", async () => {
    const { stdout } = await cli.run(["status"]);
    expect(stdout).toMatch(
      /local \(local\): ready\n {2}workers 2 of 2 ALIVE\n {2}cores {3}2\n.* same as the image\n {2}UI {6}http:\/\/127\.0\.0\.1:\d+\n {2}S3 {6}http/s,
    );
  });

  it("has a hard memory limit on its workers, above what they offer to Spark", async () => {
    const limit = Number(
      await docker("inspect", "--format", "{{.HostConfig.Memory}}", container("worker-1")),
    );
    const { workers } = await status();
    expect(limit).toBeGreaterThan((workers[0]?.memoryMiB ?? 0) * 1024 ** 2);
  });

  it("keeps its secrets out of argv, environments and labels", async () => {
    const inspected = await docker(
      "inspect",
      ...["master", "worker-1", "worker-2", "driver", "s3"].map(container),
    );
    const processes = execFileSync("ps", ["-eo", "args", "-ww"]).toString();
    for (const secret of secrets()) {
      expect(inspected).not.toContain(secret);
      expect(processes).not.toContain(secret);
    }
  });

  it("is not made twice", async () => {
    const { exitCode, stderr } = await cli.run(["create", "local"]);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/exists already/);
  });
});

describe("a job", () => {
  it("gets its arguments unchanged, and its output is on standard output", async () => {
    const args = ["a b", 'quo"te', "it's", "$HOME", "-x", "--conf", "--", "*", "naïve ☃", "line\nbreak", ""];
    const { exitCode, stdout } = await cli.run(["submit", "jobs/echo.py", ...args]);
    expect(exitCode).toBe(0);
    // Spark itself sends a Python job's standard error to its standard output.
    const [first, second] = stdout.split("\n");
    expect(JSON.parse(first ?? "")).toEqual(args);
    expect(second).toBe("to standard error");
  });

  it.each([0, 1, 7, 42])("that ends with %d makes submit end with it", async (code) => {
    expect((await cli.run(["submit", "local", "jobs/leave.py", String(code)])).exitCode).toBe(code);
  });

  it("writes with the magic committer to a bucket that nobody made, and reads it back", async () => {
    const { exitCode, stdout, stderr } = await cli.run([
      "submit",
      "jobs/roundtrip.py",
      "s3a://fresh-bucket/some/where",
    ]);
    expect(stderr).not.toContain("Exception");
    expect(exitCode).toBe(0);
    expect(JSON.parse(lastLine(stdout))).toEqual({ rows: 1000, committer: "magic" });
  });

  it("runs on the executors with the code of the image", async () => {
    const { stdout } = await cli.run(["submit", "jobs/mark.py"]);
    expect(stdout).toContain("driver: from the image");
    expect(stdout).toContain("executors: ['from the image']");
  });

  it("stops at Ctrl-C: its code sees the interrupt, and no container goes on", async () => {
    const { exitCode, stdout } = await cli.run(["submit", "jobs/wait.py"], {
      when: { text: "waiting", act: (kill) => kill("SIGINT") },
    });
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain("interrupted");
    const running = await docker(
      "ps",
      "--filter",
      "label=pyspark-deploy:role=job",
      "--filter",
      "label=pyspark-deploy:project=probe",
      "--quiet",
    );
    expect(running).toBe("");
  });

  it("that is not there is refused before anything starts", async () => {
    const { exitCode, stderr } = await cli.run(["submit", "jobs/none.py"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/There is no job jobs\/none\.py/);
  });

  it("leaves its log, which logs shows again", async () => {
    await cli.run(["submit", "jobs/echo.py", "find me"]);
    expect((await cli.run(["logs"])).stdout).toContain('["find me"]');
  });
});

describe("the cluster's insides", () => {
  it("exec runs a command in the driver container and returns its exit code", async () => {
    const result = await cli.run(["exec", "--", "sh", "-c", 'echo "$0"; exit 9', "with space"]);
    expect(result).toMatchObject({ exitCode: 9, stdout: "with space" });
  });

  it("logs shows a node's log", async () => {
    const { exitCode, stderr } = await cli.run(["logs", "master", "--tail", "200"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Registering worker");
  });

  it("logs names what there is when asked for something else", async () => {
    const { exitCode, stderr } = await cli.run(["logs", "worker-9"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/master, worker-1 … worker-2, driver, s3/);
  });

  it("cp carries files to S3, to a node, and back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "psd-cp-"));
    const content = `naïve ☃\n${"x".repeat(20 * 1024 * 1024)}`;
    writeFileSync(join(folder, "up.txt"), content);
    expect(await cli.json("cp", join(folder, "up.txt"), "s3a://copied/in/")).toMatchObject({
      target: "s3a://copied/in/up.txt",
    });
    await cli.json("cp", "s3a://copied/in/up.txt", join(folder, "down.txt"));
    expect(readFileSync(join(folder, "down.txt"), "utf8")).toBe(content);
    await cli.json("cp", join(folder, "up.txt"), "driver:/tmp/node.txt");
    await cli.json("cp", "driver:/tmp/node.txt", join(folder, "back.txt"));
    expect(readFileSync(join(folder, "back.txt"), "utf8")).toBe(content);
  });

  it("the S3 server's data survives its being killed, and it comes back by itself", async () => {
    const folder = mkdtempSync(join(tmpdir(), "psd-s3-"));
    writeFileSync(join(folder, "kept.txt"), "kept");
    await cli.json("cp", join(folder, "kept.txt"), "s3a://copied/kept.txt");
    await docker("exec", container("s3"), "sh", "-c", "kill -KILL $(cat /proc/1/task/1/children)");
    const restarts = () => docker("inspect", "--format", "{{.RestartCount}}", container("s3"));
    await expect.poll(restarts, { timeout: 60_000 }).toBe("1");
    const { s3 } = await status();
    await expect.poll(() => httpStatus(s3), { timeout: 60_000 }).toBe(403);
    await cli.json("cp", "s3a://copied/kept.txt", join(folder, "again.txt"));
    expect(readFileSync(join(folder, "again.txt"), "utf8")).toBe("kept");
  });
});

describe("login", () => {
  const login = () =>
    new Terminal(`cd ${cli.directory} && exec ${process.execPath} ${process.cwd()}/dist/cli.js login local`);

  it("gives a shell in the driver container that is ready to spark-submit, and is still there after detaching", async () => {
    const first = login();
    await expect.poll(() => first.screen(), { timeout: 30_000 }).toMatch(/spark@driver/);
    first.type("remembered=yes; spark-submit --version 2>&1 | grep -o 'version 4[.0-9]*'", "Enter");
    await expect.poll(() => first.screen(), { timeout: 60_000 }).toMatch(/^version 4\.\d+\.\d+/m);
    first.type("C-b", "d");
    await expect.poll(() => first.running(), { timeout: 10_000 }).toBe(false);

    const second = login();
    await expect.poll(() => second.screen(), { timeout: 30_000 }).toMatch(/spark@driver/);
    second.type('echo "still: $remembered"', "Enter");
    await expect.poll(() => second.screen(), { timeout: 10_000 }).toMatch(/^still: yes/m);
    second.type("C-b", "d");
    await expect.poll(() => second.running(), { timeout: 10_000 }).toBe(false);
  });

  it("whose window is closed is not taken for one that somebody sits at, while others stay", async () => {
    const clients = async () =>
      (await cli.run(["exec", "--", "tmux", "list-clients"])).stdout.split("\n").filter(Boolean).length;
    const windows = [login(), login()];
    await vi.waitFor(async () => expect(await clients()).toBe(2), { timeout: 30_000, interval: 200 });
    windows[0]?.close();
    await vi.waitFor(async () => expect(await clients()).toBe(1), { timeout: 30_000, interval: 200 });
    expect(windows[1]?.running()).toBe(true);
    windows[1]?.close();
    await vi.waitFor(async () => expect(await clients()).toBe(0), { timeout: 30_000, interval: 200 });
  });

  it("needs a terminal, and says what does not", async () => {
    const { exitCode, stderr } = await cli.run(["login"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/needs a terminal.*exec --/s);
  });
});

describe("changed code", () => {
  it("is told, run with --mount on driver and executors, and put onto the cluster with --build", async () => {
    writeFileSync(join(cli.directory, "probe/__init__.py"), 'MARK = "edited"\n');
    expect((await status()).current).toBe(false);

    const old = await cli.run(["submit", "jobs/mark.py"]);
    expect(old.stderr).toMatch(/working tree has changed.*--build.*--mount/s);
    expect(old.stdout).toContain("driver: from the image");

    const mounted = await cli.run(["submit", "--mount", "jobs/mark.py"]);
    expect(mounted.stdout).toContain("driver: edited");
    expect(mounted.stdout).toContain("executors: ['edited']");

    const before = await status();
    const built = await cli.run(["submit", "--build", "jobs/mark.py"]);
    expect(built.stdout).toContain("driver: edited");
    expect(built.stdout).toContain("executors: ['edited']");
    const after = await status();
    expect(after).toMatchObject({ state: "ready", current: true });
    expect(after.parityKey).not.toBe(before.parityKey);
  });
});

describe("destroy", () => {
  it("removes everything but the data on S3, which the next cluster finds, and --purge removes that too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "psd-data-"));
    writeFileSync(join(folder, "stays.txt"), "stays");
    await cli.json("cp", join(folder, "stays.txt"), "s3a://copied/stays.txt");

    const destroyed = await cli.json<{ left: string[] }>("destroy", "local");
    expect(destroyed.left).toEqual([]);
    expect(await objectsOf("probe")).toEqual(["volume pyspark-deploy_probe_local_s3-data"]);

    await cli.json("create", "local");
    await cli.json("cp", "s3a://copied/stays.txt", join(folder, "found.txt"));
    expect(readFileSync(join(folder, "found.txt"), "utf8")).toBe("stays");

    await cli.json("destroy", "local", "--purge");
    expect(await objectsOf("probe")).toEqual([]);
    expect((await cli.json<Status>("status")).clusters).toEqual([]);
  });

  it("does its work when the record is lost", async () => {
    await cli.json("create", "local");
    execFileSync("rm", ["-r", join(cli.directory, ".pyspark-deploy")]);
    await cli.json("destroy", "local", "--purge");
    expect(await objectsOf("probe")).toEqual([]);
  });
});
