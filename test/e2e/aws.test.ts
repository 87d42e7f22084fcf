import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { inventory } from "../../src/adapters/aws/inventory.js";
import { Simulator } from "../../src/simulator/simulator.js";
import { Cli, type CliOptions, httpStatus } from "../support/cli.js";
import { newProject } from "../support/project.js";
import { Terminal } from "../support/terminal.js";
import { terraformEnvironment } from "../support/terraform.js";

interface Status {
  readonly clusters: readonly {
    readonly provider: string;
    readonly state: string;
    readonly wanted: number;
    readonly workers: readonly { readonly name: string; readonly alive: boolean; readonly cores: number }[];
    readonly parityKey: string;
    readonly current: boolean;
    readonly ui: string;
    readonly deadline: string;
    readonly hosts: readonly {
      readonly name: string;
      readonly running: boolean;
      readonly notice?: string;
    }[];
  }[];
}

const config = (market: "spot" | "on-demand") => `project: probe-aws
provider: aws
workers: 2
storage: {s3: "\${PYSPARK_DEPLOY_SIMULATOR_S3}"}
aws: {region: us-east-1, masterTypes: [m6i.large], workerTypes: [m6i.large, m5.large], ttl: 2h, buckets: [probe], market: ${market}}
profiles: {cloud: {}}
`;

const cli = new Cli(newProject());
const scratch = mkdtempSync(join(tmpdir(), "psd-aws-"));
process.env.PYSPARK_DEPLOY_SIMULATOR_DIRECTORY = join(scratch, "simulator");
/** What AWS has of the cluster; instances that are terminated are gone. */
const onAws = async () =>
  (await inventory({ region: "us-east-1" }, { project: "probe-aws", cluster: "cloud" })).resources;
const folder = join(cli.directory, ".pyspark-deploy/clusters/cloud");
let simulator: Simulator;

async function status() {
  const [cluster] = (await cli.json<Status>("status", "cloud")).clusters;
  if (!cluster) throw new Error("no cluster");
  return cluster;
}

beforeAll(async () => {
  const { exitCode, stderr } = await cli.run([
    "simulator",
    "start",
    ...["--profile-delay", "0", "--termination", "1"],
  ]);
  expect(exitCode, stderr).toBe(0);
  const found = await Simulator.find();
  if (!found) throw new Error("the simulator does not run");
  simulator = found;
  Object.assign(process.env, simulator.env, terraformEnvironment(scratch));
  writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), config("spot"));
});

afterAll(async () => {
  await cli.run(["destroy", "cloud", "--yes"]);
  await simulator.stop();
});

describe("a cluster on AWS", () => {
  it("is made from the VPC to workers that are ALIVE", async () => {
    const created = await cli.json<{ readonly parityKey: string; readonly workers: number }>(
      "create",
      "cloud",
    );
    expect(created.workers).toBe(2);
    const cluster = await status();
    expect(cluster).toMatchObject({ provider: "aws", state: "ready", wanted: 2, current: true });
    expect(cluster.parityKey).toBe(created.parityKey);
    expect(cluster.workers.map(({ name, alive, cores }) => [name, alive, cores])).toEqual([
      ["worker-1", true, 2],
      ["worker-2", true, 2],
    ]);
    expect(cluster.hosts.map(({ name, running }) => [name, running])).toEqual([
      ["master", true],
      ["worker-1", true],
      ["worker-2", true],
    ]);
    expect(await httpStatus(cluster.ui)).toBe(200);
  });

  it("creates its instances with two calls, whatever their number", async () => {
    const actions = (await simulator.requests()).map(({ action }) => action);
    expect(actions.filter((action) => action === "CreateFleet")).toHaveLength(2);
    expect(actions).not.toContain("RunInstances");
  });

  it("writes with the magic committer and reads it back, with credentials of the instance profile", async () => {
    const { exitCode, stdout, stderr } = await cli.run(["submit", "jobs/roundtrip.py", "s3a://probe/some"]);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({ rows: 1000, committer: "magic" });
  });

  it("makes submit end with the job's own exit code", async () => {
    expect((await cli.run(["submit", "jobs/leave.py", "42"])).exitCode).toBe(42);
  });

  it("shows the log of a node on another host, and copies files to and from it", async () => {
    const { stdout, stderr } = await cli.run(["logs", "-c", "cloud", "worker-2"]);
    expect(stdout + stderr).toMatch(/Successfully registered with master/);
    writeFileSync(join(cli.directory, "note"), "hello");
    expect((await cli.run(["cp", "note", "worker-1:/tmp/note"])).exitCode).toBe(0);
    expect((await cli.run(["cp", "worker-1:/tmp/note", "back"])).exitCode).toBe(0);
    expect(readFileSync(join(cli.directory, "back"), "utf8")).toBe("hello");
  });

  it("runs commands in the driver container and on the hosts", async () => {
    const spark = await cli.run(["exec", "--", "spark-submit", "--version"]);
    expect(spark.stdout + spark.stderr).toMatch(/version 4\./);
    const host = await cli.run(["ssh", "cloud", "worker-1", "--", "docker", "ps", "--format", "{{.Names}}"]);
    expect(host.stdout.trim()).toBe("pyspark-deploy_probe-aws_cloud_worker-1");
  });

  it("has a login that survives its terminal", async () => {
    const login = `cd ${cli.directory} && ${process.execPath} ${join(import.meta.dirname, "../../dist/cli.js")} login cloud`;
    const first = new Terminal(login);
    try {
      await expect.poll(() => first.screen(), { timeout: 30_000 }).toMatch(/[$#] $|[$#]\s*$/m);
      first.type("MARK=kept-$((40+2)); clear", "Enter");
      first.type("C-b", "d");
      await expect.poll(() => first.running(), { timeout: 30_000 }).toBe(false);
    } finally {
      first.close();
    }
    const second = new Terminal(login);
    try {
      second.type("echo $MARK", "Enter");
      await expect.poll(() => second.screen(), { timeout: 30_000 }).toContain("kept-42");
    } finally {
      second.close();
    }
  });

  it("keeps Spark's secret out of user data, Terraform's state, argv and logs", async () => {
    const secrets = JSON.parse(readFileSync(join(folder, "secrets.json"), "utf8")) as Record<string, string>;
    const secret = secrets.sparkSecret ?? "";
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (file) => file !== "secrets.json" && existsSync(join(folder, file)),
    );
    const readable = files.flatMap((file) => {
      try {
        return [readFileSync(join(folder, file), "utf8")];
      } catch {
        return [];
      }
    });
    const hosts = await simulator.hosts();
    expect(hosts).toHaveLength(3);
    const everywhere = [
      ...readable,
      execFileSync("ps", ["-eo", "args", "-ww"]).toString(),
      ...hosts.map(({ container }) =>
        execFileSync(
          "docker",
          [
            "exec",
            container,
            "sh",
            "-c",
            "cat /var/lib/cloud/instance/user-data.txt* /var/log/cloud-init*.log /var/log/pyspark-deploy/*; docker inspect $(docker ps -q); journalctl --no-pager",
          ],
          {
            encoding: "utf8",
            maxBuffer: 2 ** 28,
          },
        ),
      ),
    ];
    for (const text of everywhere) expect(text.includes(secret)).toBe(false);
  });

  it("has its deadline moved on every host", async () => {
    const before = (await status()).deadline;
    await cli.json("extend", "cloud", "9h");
    const { deadline } = await status();
    expect(Date.parse(deadline)).toBeGreaterThan(Date.parse(before));
    const epoch = String(Math.floor(Date.parse(deadline) / 1000));
    for (const node of ["master", "worker-1", "worker-2"]) {
      const { stdout } = await cli.run(["ssh", "cloud", node, "--", "cat", "/etc/pyspark-deploy/deadline"]);
      expect(stdout.trim()).toBe(epoch);
    }
  });

  const mark = async () =>
    (await cli.run(["exec", "--", "python", "-c", "from probe import MARK; print(MARK)"])).stdout;

  it("gets edited code onto its machines, and its workers are ALIVE again", async () => {
    const before = await status();
    writeFileSync(join(cli.directory, "probe/__init__.py"), 'MARK = "edited"\n');
    const { changes } = await cli.json<{ readonly changes: readonly string[] }>("update", "cloud");
    expect(changes).toEqual([expect.stringMatching(/^image: /)]);
    const after = await status();
    expect(after).toMatchObject({ state: "ready", current: true });
    expect(after.parityKey).not.toBe(before.parityKey);
    expect(await mark()).toBe("edited");
  });

  it("goes back to the image before when a worker can't start with the new one", async () => {
    const dockerfile = join(cli.directory, "Dockerfile");
    const good = readFileSync(dockerfile, "utf8");
    const broken = "USER root\nRUN printf '#!/bin/sh\\nexit 9\\n' > $(command -v start-worker)\nUSER spark\n";
    writeFileSync(dockerfile, `${good}${broken}`);
    const { exitCode, stderr } = await cli.run(["update", "cloud"]);
    writeFileSync(dockerfile, good);
    expect(exitCode, stderr).toBe(5);
    expect(stderr).toMatch(/runs again what it ran before.*worker-1.*exit code 9/s);
    expect(await status()).toMatchObject({ state: "ready", current: true });
    expect(await mark()).toBe("edited");
  });

  it("loses a spot worker by notice, and its job ends without computing again what that worker had", async () => {
    let interrupted: Promise<unknown> | undefined;
    const { exitCode, stdout, stderr } = await cli.run(["submit", "jobs/keep.py", "2"], {
      when: {
        text: "made",
        act: () => {
          interrupted = cli.json("simulator", "interrupt", "worker-2", "--after", "600");
        },
      },
    });
    expect(exitCode, stderr).toBe(0);
    await interrupted;
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      same: true,
      sum: 7_199_940_000,
      // Stage, attempt, status, tasks that ran, tasks that failed: 2 would make the shuffle files of 0 once more.
      stages: [
        [0, 0, "COMPLETE", 12, 0],
        [1, 0, "COMPLETE", 6, 0],
        [2, 0, "SKIPPED", 0, 0],
        [3, 0, "COMPLETE", 6, 0],
      ],
      lost: [["Executor decommission: worker decommissioned", true]],
    });
    expect(stderr).toMatch(/takes back spot machines of "cloud": worker-2: spot notice: ends at 20.*1 of 2/);
  });

  it("says of a worker with a notice when it ends, in its log too, and nothing brings it back", async () => {
    const { hosts, workers, state } = await status();
    expect(state).toBe("degraded");
    expect(workers.map(({ name, alive }) => [name, alive])).toEqual([
      ["worker-1", true],
      ["worker-2", false],
    ]);
    expect(hosts.find(({ name }) => name === "worker-2")?.notice).toMatch(/^spot notice: ends at 20/);
    const log = await cli.run(["logs", "-c", "cloud", "worker-2", "--tail", "50"]);
    expect(log.stdout + log.stderr).toMatch(/pyspark-deploy-spot: EC2 takes this spot machine back at 20/);
    const inspect = ["docker", "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}"];
    const policy = await cli.run([
      ...["ssh", "cloud", "worker-2", "--"],
      ...[...inspect, "pyspark-deploy_probe-aws_cloud_worker-2"],
    ]);
    expect(policy.stdout.trim()).toBe("no");
  });

  it("shows a worker that was taken back", async () => {
    await cli.json("simulator", "interrupt", "worker-2", "--after", "0");
    await vi.waitFor(
      async () => {
        const lost = (await status()).hosts.find(({ name }) => name === "worker-2");
        expect(lost).toMatchObject({ running: false, notice: "taken back by EC2 (spot)" });
      },
      { timeout: 60_000, interval: 1_000 },
    );
  });

  it("is not made twice", async () => {
    const { exitCode, stderr } = await cli.run(["create", "cloud"]);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/exists already/);
  });

  it("is gone when it is destroyed, and destroy says what it looked at", async () => {
    const result = await cli.json<{ readonly left: readonly string[]; readonly looked: readonly string[] }>(
      "destroy",
      "cloud",
      "--yes",
    );
    expect(result.left).toEqual([]);
    expect(result.looked.length).toBeGreaterThan(8);
    expect(await onAws()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    const again = await cli.run(["destroy", "cloud", "--yes"]);
    expect(again.exitCode).toBe(2);
  });
});

describe("when AWS does not do as told", () => {
  beforeAll(() => writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), config("on-demand")));

  const create = (when: CliOptions["when"] = []) => cli.run(["create", "cloud"], { when });
  const destroyed = async () => {
    const { exitCode, stderr } = await cli.run(["destroy", "cloud", "--yes"]);
    expect([0, 2], stderr).toContain(exitCode);
    return onAws();
  };

  it("names the missing permission, and leaves nothing", async () => {
    await simulator.fault({
      action: "CreateLaunchTemplate",
      code: "UnauthorizedOperation",
      status: 403,
      message: "You are not authorized to perform this operation.",
      times: null,
    });
    const { exitCode, stderr } = await create();
    await simulator.clearFaults();
    expect(exitCode).toBe(4);
    expect(stderr).toContain("ec2:CreateLaunchTemplate");
    expect(await destroyed()).toEqual([]);
  });

  it("refuses before anything is made when the quota does not hold the cluster", async () => {
    await simulator.change({ vcpuQuota: 4 });
    const { exitCode, stderr } = await create();
    await simulator.change({ vcpuQuota: 2000 });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/needs 6 virtual CPUs; the account may run 4/);
    expect(await onAws()).toEqual([]);
    expect(await destroyed()).toEqual([]);
  });

  it("says each try when there is no capacity anywhere, and ends with what AWS said", async () => {
    await simulator.fault({ kind: "capacity", tags: { "pyspark-deploy:role": "worker" } });
    const { exitCode, stderr } = await create();
    await simulator.clearFaults();
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/capacity/i);
    expect(stderr).toMatch(/us-east-1b/);
    expect(await destroyed()).toEqual([]);
  });

  it("undoes what Terraform made when it is interrupted", async () => {
    const { exitCode, stderr } = await create({
      text: "Terraform: network",
      act: (kill) => void setTimeout(() => kill("SIGINT"), 4_000),
    });
    expect(exitCode, stderr).toBe(130);
    expect(stderr).toMatch(/removed again/);
    expect(await onAws()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it("is removed by destroy when the CLI was killed while Terraform worked", async () => {
    const { exitCode } = await create({
      text: "Terraform: network",
      act: (kill) => void setTimeout(() => kill("SIGKILL"), 5_000),
    });
    expect(exitCode).toBeUndefined();
    expect(await destroyed()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it("has all that a killed create made found by its tags when the record is lost too", async () => {
    const { exitCode } = await create({
      text: "Ansible: image",
      act: (kill) => kill("SIGKILL"),
    });
    expect(exitCode).toBeUndefined();
    expect((await onAws()).length).toBeGreaterThan(10);
    rmSync(folder, { recursive: true });
    expect(await destroyed()).toEqual([]);
  });

  it("asks for credentials that AWS takes", async () => {
    const { exitCode, stderr } = await cli.run(["create", "cloud"], {
      env: {
        AWS_ACCESS_KEY_ID: "",
        AWS_SECRET_ACCESS_KEY: "",
        AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
        AWS_CONFIG_FILE: "/nonexistent",
      },
    });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/credentials/i);
    expect(await onAws()).toEqual([]);
  });
});
