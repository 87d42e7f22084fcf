import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { isRunning } from "../../src/host.js";
import { Cli, docker, objectsOf } from "../support/cli.js";
import { DockerTrap, realDocker } from "../support/docker-trap.js";
import { newProject } from "../support/project.js";

const PROJECT = "probe-crash";
const cli = new Cli(newProject());
const recorded = (cluster = "local") =>
  existsSync(join(cli.directory, ".pyspark-deploy/clusters", cluster, "record.json"));

async function expectNothingLeft() {
  expect(await objectsOf(PROJECT)).toEqual([]);
  expect(recorded()).toBe(false);
}

/** Runs a verb that is killed at its n-th call of docker; returns what it had printed, or undefined when it ended before. */
async function killedAt(call: number, ...args: string[]): Promise<string | undefined> {
  const trap = new DockerTrap(call);
  const { exitCode, stderr } = await cli.run(args, { env: trap.env });
  await trap.settled();
  return exitCode === undefined && trap.calls >= call ? stderr : undefined;
}

beforeAll(async () => {
  writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), `project: ${PROJECT}\nworkers: 1\n`);
  await cli.json("build");
});

afterEach(async () => {
  await cli.run(["destroy", "local", "--purge", "--yes"]);
  await expectNothingLeft();
});

describe("kill -9 at every call of docker", () => {
  it("in create: destroy removes what there is", async () => {
    let printed: string | undefined = "";
    let call = 0;
    // Once it waits for its workers, a call is like the one before.
    while (printed !== undefined && !printed.includes("Waiting for 1 worker")) {
      call += 1;
      printed = await killedAt(call, "create", "local");
      const { exitCode, stderr } = await cli.run(["destroy", "local", "--purge"]);
      // Before anything was made there is nothing that destroy could know of.
      expect([call, exitCode === 0 || /There is no cluster "local"/.test(stderr)]).toEqual([call, true]);
      expect([call, await objectsOf(PROJECT), recorded()]).toEqual([call, [], false]);
    }
    expect(call).toBeGreaterThan(10);
  });

  it("in destroy: the next destroy finishes", async () => {
    let calls = 0;
    for (let call = 1; ; call += 1) {
      // As much of a cluster as destroy can meet, without waiting for its workers.
      await cli.run(["create", "local"], {
        when: { text: "Waiting for 1 worker", act: (kill) => kill("SIGKILL") },
      });
      expect((await objectsOf(PROJECT)).length).toBeGreaterThan(4);
      if ((await killedAt(call, "destroy", "local", "--purge")) === undefined) break;
      calls = call;
      const { exitCode, stderr } = await cli.run(["destroy", "local", "--purge"]);
      expect([call, exitCode === 0 || /There is no cluster "local"/.test(stderr)]).toEqual([call, true]);
      expect([call, await objectsOf(PROJECT), recorded()]).toEqual([call, [], false]);
    }
    expect(calls).toBeGreaterThan(3);
  });

  it("in create: another create makes the cluster", async () => {
    await cli.run(["create", "local"], {
      when: { text: "Waiting for 1 worker", act: (kill) => kill("SIGKILL") },
    });
    const { exitCode, stderr } = await cli.run(["create", "local"]);
    expect(stderr).toMatch(/was left while creating: what there is of it is removed first/);
    expect(exitCode).toBe(0);
  });
});

describe("Ctrl-C", () => {
  it("once in create removes what had been made", async () => {
    const { exitCode, stderr } = await cli.run(["create", "local"], {
      when: { text: "Waiting for 1 worker", act: (kill) => kill("SIGINT") },
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('what had been made of "local" is removed again');
    expect(recorded()).toBe(false);
    expect(await objectsOf(PROJECT)).toEqual([`volume pyspark-deploy_${PROJECT}_local_s3-data`]);
  });

  it("twice in create ends it at once, and destroy removes the rest", async () => {
    const { exitCode, stderr } = await cli.run(["create", "local"], {
      when: [
        { text: "Waiting for 1 worker", act: (kill) => kill("SIGINT") },
        { text: "Removing local", act: (kill) => kill("SIGINT") },
      ],
    });
    expect(exitCode).toBe(130);
    expect(stderr).not.toContain("is removed again");
    expect(recorded()).toBe(true);
  });

  it("twice in a build ends what did not end at the first", async () => {
    const folder = mkdtempSync(join(tmpdir(), "psd-deaf-"));
    const deafBuild = `#!/bin/sh
[ "$1" = build ] || exec ${realDocker} "$@"
trap 'echo told to end' TERM
sleep 600 &
echo "started: $$"
while kill -0 $! 2>/dev/null; do wait; done
`;
    writeFileSync(join(folder, "docker"), deafBuild, { mode: 0o755 });
    appendFileSync(join(cli.directory, "Dockerfile"), `ENV MARK=${process.pid}\n`);
    const { exitCode, stderr } = await cli.run(["--verbose", "build"], {
      env: { PATH: `${folder}${delimiter}${process.env.PATH}` },
      when: [
        { text: "started: ", act: (kill) => kill("SIGINT") },
        { text: "told to end", act: (kill) => kill("SIGINT") },
      ],
    });
    expect(exitCode).toBe(130);
    const pid = Number(/started: (\d+)/.exec(stderr)?.[1]);
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });
});

describe("destroy", () => {
  it("right after kill -9 of create removes what was still being made", async () => {
    const trap = new DockerTrap(12);
    await cli.run(["create", "local"], { env: trap.env });
    expect((await cli.run(["destroy", "local", "--purge"])).exitCode).toBe(0);
    await trap.settled();
    await expectNothingLeft();
  });

  it("a second time says that there is no such cluster", async () => {
    const { exitCode, stderr } = await cli.run(["destroy", "local"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('There is no cluster "local"');
  });

  it("names what it can't remove and why, exit code 7, and finishes when that is free", async () => {
    await cli.run(["create", "local"], {
      when: { text: "Waiting for 1 worker", act: (kill) => kill("SIGKILL") },
    });
    const stranger = `stranger-${process.pid}`;
    const network = `pyspark-deploy_${PROJECT}_local`;
    const image = await docker("inspect", "--format", "{{.Image}}", `${network}_driver`);
    await docker("run", "--detach", "--name", stranger, "--network", network, image, "sleep", "600");
    const { exitCode, stderr } = await cli.run(["destroy", "local", "--purge"]);
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/active endpoints.*is left:\s+network pyspark-deploy_probe-crash_local/s);
    await docker("rm", "--force", stranger);
    expect((await cli.run(["destroy", "local", "--purge"])).exitCode).toBe(0);
  });
});

describe("two commands at once", () => {
  it("one create makes the cluster, the other is told who is at work", async () => {
    const results = await Promise.all([cli.run(["create", "local"]), cli.run(["create", "local"])]);
    expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 6]);
    expect(results.map(({ stderr }) => stderr).join()).toMatch(/"pyspark-deploy create" is at work/);
  });
});

describe("a full disk", () => {
  it.skipIf(process.getuid?.() !== 0)(
    "while the record is written loses no cluster: destroy removes it",
    async () => {
      const state = join(cli.directory, ".pyspark-deploy");
      mkdirSync(state, { recursive: true });
      const node = `${process.execPath} ${process.cwd()}/dist/cli.js`;
      // Room for the secrets and the first record, and not for the second.
      const script = `
      mount -t tmpfs -o size=12k tmpfs ${state} || exit 77
      cd ${cli.directory}
      ${node} create local; echo "create: $?" >&2
      ${node} destroy local --purge; echo "destroy: $?" >&2`;
      const { stderr } = spawnSync("unshare", ["--mount", "sh", "-c", script], { encoding: "utf8" });
      expect(stderr).toMatch(/What is known of "local" can't be written.*no space left.*destroy local/s);
      expect(stderr).toMatch(/create: 6.*destroy: 0/s);
    },
  );
});

describe("the engine", () => {
  it.each([
    ["is not installed", { PATH: mkdtempSync(join(tmpdir(), "psd-empty-")) }],
    ["does not run", { DOCKER_HOST: `unix://${join(tmpdir(), "no-such.sock")}` }],
  ])("that %s is an error that says what to do", async (_, env) => {
    for (const verb of [["build"], ["create", "local"], ["status"], ["destroy", "local"], ["test"]]) {
      const { exitCode, stderr } = await cli.run(verb, { env });
      expect([verb, exitCode]).toEqual([verb, 3]);
      expect(stderr).toContain("→");
    }
  });
});

describe("a build that fails", () => {
  const failing = async (step: string) => {
    const other = new Cli(newProject());
    writeFileSync(
      join(other.directory, "Dockerfile"),
      `ARG PYSPARK_DEPLOY_BASE\nFROM \${PYSPARK_DEPLOY_BASE}\nUSER root\nRUN seq 1000 2000\nRUN ${step}\n`,
    );
    return other.run(["--quiet", "build"]);
  };

  it("shows the failing step and the end of its output, not a wall", async () => {
    const { exitCode, stderr } = await failing("echo the beginning; seq 1 500; echo the end; exit 3");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/RUN echo the beginning.*the end.*Mend the step above/s);
    expect(stderr).not.toContain("1500");
    expect(stderr.split("\n").length).toBeLessThan(60);
  });

  it("because the disk is full says how to make room", async () => {
    const { exitCode, stderr } = await failing("dd if=/dev/zero of=/dev/shm/fill bs=1M count=500");
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/No space left on device.*docker (system|image|builder) prune/s);
  });
});
