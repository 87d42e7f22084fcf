import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { closeConnections } from "../../src/adapters/ssh/connection.js";
import type { Simulator } from "../../src/simulator/simulator.js";
import { awsConfig, onAws, REGION, startSimulator } from "../support/aws-cli.js";
import { Cli, type CliResult, httpStatus } from "../support/cli.js";
import { newProject } from "../support/project.js";
import { makeBucket, stateIn } from "../support/team-state.js";
import { Terminal } from "../support/terminal.js";

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

const PROJECT = "probe-aws";
const BUCKET = "probe-state";
/** With spot workers, and records, locks and Terraform's state on S3. */
const TEAM_CONFIG = `${awsConfig(PROJECT, "spot")}state: s3://${BUCKET}/team\n`;

const cli = new Cli(newProject());
/** A second user's machine: a folder, a home and credentials of his own. All that both have is the bucket. */
const teammate = new Cli(newProject());
const teammateEnv: Record<string, string> = { HOME: mkdtempSync(join(tmpdir(), "psd-home-")) };
const asTeammate = (...args: readonly string[]) => teammate.run(args, { env: teammateEnv });
const shared = () => stateIn(BUCKET, "team");
const folder = join(cli.directory, ".pyspark-deploy/clusters/cloud");
let simulator: Simulator;

async function status() {
  const [cluster] = (await cli.json<Status>("status", "cloud")).clusters;
  if (!cluster) throw new Error("no cluster");
  return cluster;
}

/** A user of the account with an access key: the environment of his programs. */
async function newUser(UserName: string): Promise<Record<string, string>> {
  const iam = new IAMClient({ region: REGION });
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? "",
  };
}

beforeAll(async () => {
  simulator = await startSimulator(cli);
  // The state is on the API server's own S3, which knows more than one user.
  delete process.env.AWS_ENDPOINT_URL_S3;
  await makeBucket(BUCKET);
  Object.assign(teammateEnv, await newUser("bob"));
  for (const { directory } of [cli, teammate])
    writeFileSync(join(directory, "pyspark-deploy.yaml"), TEAM_CONFIG);
});

afterAll(async () => {
  await cli.run(["destroy", "cloud", "--yes"]);
  await simulator.stop();
});

describe("a cluster on AWS", () => {
  it("is made from the VPC to workers that are ALIVE, by one of two users", async () => {
    const other: Promise<CliResult>[] = [];
    const { exitCode, stdout, stderr } = await cli.run(["--json", "create", "cloud"], {
      when: { text: "Terraform: network", act: () => void other.push(asTeammate("create", "cloud")) },
    });
    expect(exitCode, stderr).toBe(0);
    const created = JSON.parse(stdout) as { readonly parityKey: string; readonly workers: number };
    expect(created.workers).toBe(2);
    const [loser] = await Promise.all(other);
    expect(loser?.exitCode).toBe(6);
    expect(loser?.stderr).toMatch(/"pyspark-deploy create" is at work on "cloud": \S+@\S+ .*since 20/);
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
      first.type("MARK=kept-$((40+2)); echo set-$((40+1))", "Enter");
      // Keys that come with others at once are taken for pasted text by tmux.
      await expect.poll(() => first.screen(), { timeout: 30_000 }).toContain("set-41");
      first.type("C-b", "d");
      await expect.poll(() => first.running(), { timeout: 30_000 }).toBe(false);
    } finally {
      first.close();
    }
    const second = new Terminal(login);
    try {
      second.type("echo $MARK", "Enter");
      await expect.poll(() => second.screen(), { timeout: 30_000 }).toContain("kept-42");
      second.type("C-b", "d");
      await expect.poll(() => second.running(), { timeout: 30_000 }).toBe(false);
    } finally {
      second.close();
    }
  });

  it("keeps Spark's secret out of user data, Terraform's state, argv and logs", async () => {
    const secrets = await shared().read("probe-aws/cloud/secrets.json");
    const secret = (JSON.parse(secrets?.text ?? "{}") as Record<string, string>).sparkSecret ?? "";
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const state = await shared().read("probe-aws/cloud/terraform.tfstate");
    expect(state?.text).toContain("aws_ec2_fleet");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      existsSync(join(folder, file)),
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
      state?.text ?? "",
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
    expect(stderr).toMatch(/runs again what it ran before.*worker-\d: The container/s);
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

  it("gets workers beside the one that is left, under new names, and gives the newest back", async () => {
    const scaled = async (workers: string) => {
      const result = await cli.json("scale", "cloud", workers);
      const { state, hosts } = await status();
      return { ...(result as object), state, hosts: hosts.map(({ name }) => name).join(" ") };
    };
    const more = { lost: ["worker-2"], added: 2, state: "ready", hosts: "master worker-1 worker-3 worker-4" };
    expect(await scaled("3")).toMatchObject(more);
    expect(await scaled("2")).toMatchObject({ left: ["worker-4"], hosts: "master worker-1 worker-3" });
    expect((await onAws(PROJECT)).filter(({ kind }) => kind === "instance")).toHaveLength(3);
  });

  it("is not made twice", async () => {
    const { exitCode, stderr } = await cli.run(["create", "cloud"]);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/exists already/);
  });

  it("is a teammate's too: by a key that EC2 Instance Connect lets in he runs commands and jobs", async () => {
    // Both are one user of this machine, and would share connections.
    const { clusterId } = JSON.parse(readFileSync(join(folder, "record.json"), "utf8")).identity;
    await closeConnections(clusterId);
    const listed = await asTeammate("--json", "list");
    expect(JSON.parse(listed.stdout), listed.stderr).toMatchObject({
      clusters: [{ cluster: "cloud", state: "running", recorded: true }],
    });
    const inDriver = await asTeammate("exec", "--", "printenv", "SPARK_HOME");
    expect(inDriver.exitCode, inDriver.stderr).toBe(0);
    const job = await asTeammate("submit", "jobs/roundtrip.py", "s3a://probe/bobs");
    expect(job.exitCode, job.stderr).toBe(0);
    expect((await asTeammate("logs")).stdout).toContain('"committer": "magic"');
    const node = await asTeammate("logs", "-c", "cloud", "worker-1");
    expect(node.stdout + node.stderr).toMatch(/Successfully registered with master/);
    const host = await asTeammate("ssh", "cloud", "worker-3", "--", "whoami");
    expect(host.stdout.trim(), host.stderr).toBe("ec2-user");
    const actions = (await simulator.requests()).map(({ action }) => action);
    // One for each host and its first connection, which all later commands share.
    expect(actions.filter((action) => action === "SendSSHPublicKey")).toHaveLength(3);
    expect(readdirSync(join(teammate.directory, ".pyspark-deploy/clusters/cloud"))).not.toContain(
      "id_ed25519",
    );
  });

  it("is gone when the teammate destroys it, and destroy says what it looked at", async () => {
    const { exitCode, stdout, stderr } = await asTeammate("--json", "destroy", "cloud", "--yes");
    expect(exitCode, stderr).toBe(0);
    const result = JSON.parse(stdout) as {
      readonly left: readonly string[];
      readonly looked: readonly string[];
    };
    expect(result.left).toEqual([]);
    expect(result.looked.length).toBeGreaterThan(8);
    expect(await onAws(PROJECT)).toEqual([]);
    expect(await shared().list("")).toEqual([]);
    expect(existsSync(join(teammate.directory, ".pyspark-deploy/clusters/cloud"))).toBe(false);
    expect((await cli.run(["list"])).stdout).not.toContain("cloud");
    expect(existsSync(folder)).toBe(false);
    const again = await cli.run(["destroy", "cloud", "--yes"]);
    expect(again.exitCode).toBe(2);
  });
});
