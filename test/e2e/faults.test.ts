import { execFileSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli, docker, objectsOf } from "../support/cli.js";
import { newProject } from "../support/project.js";
import { Terminal } from "../support/terminal.js";

const cli = new Cli(newProject());
const container = (node: string) => `pyspark-deploy_probe-faults_local_${node}`;
const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";
const aliveWorkers = async () => {
  const { clusters } = await cli.json<{ clusters: { workers: { alive: boolean }[] }[] }>("status", "local");
  return clusters[0]?.workers.filter(({ alive }) => alive).length;
};
const runningJobs = async () => {
  const labels = ["label=pyspark-deploy:role=job", "label=pyspark-deploy:project=probe-faults"];
  const names = await docker("ps", "--quiet", ...labels.flatMap((label) => ["--filter", label]));
  return names === "" ? 0 : names.split("\n").length;
};

beforeAll(async () => {
  writeFileSync(
    join(cli.directory, "pyspark-deploy.yaml"),
    "project: probe-faults\nworkers: 2\nworker: {cores: 1, memory: 2g}\ndriver: {memory: 1g}\n",
  );
  await cli.json("create", "local");
});

afterAll(async () => {
  await cli.run(["destroy", "local", "--purge", "--yes"]);
  expect(await objectsOf("probe-faults")).toEqual([]);
});

describe("a job that fails", () => {
  it("by an exception ends with 1, its traceback last", async () => {
    const { exitCode, stdout, stderr } = await cli.run(["submit", "jobs/fail.py"]);
    expect(exitCode).toBe(1);
    expect(lastLine(stdout)).toBe("ValueError: a mistake of the job");
    expect(stderr).not.toContain("Raise");
  });

  it.each([
    ["driver", /driver was killed.*Raise driver\.memory/s],
    ["driver-heap", /driver's heap is full.*Raise driver\.memory/s],
    ["executor", /killed an executor or a Python worker on worker-[12].*Raise worker\.memory/s],
    ["executor-heap", /heap of the executor on worker-[12].*Raise worker\.memory/s],
  ])("because its %s has too little memory says who, where, and what to raise", async (who, told) => {
    const { exitCode, stderr } = await cli.run([
      "submit",
      "--conf",
      "spark.task.maxFailures=1",
      "jobs/exhaust.py",
      who,
    ]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(told);
    await expect.poll(aliveWorkers, { timeout: 60_000 }).toBe(2);
  });

  it("because its file is newer than the cluster's image says how to bring it there", async () => {
    writeFileSync(join(cli.directory, "jobs/newer.py"), "print('newer')\n");
    const { exitCode, stderr } = await cli.run(["submit", "jobs/newer.py"]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/newer\.py is not in the cluster's image.*--build/s);
  });

  it("to be found gets the nearest name", async () => {
    const { exitCode, stderr } = await cli.run(["submit", "jobs/ecoh.py"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Did you mean jobs/echo.py?");
  });

  it("because .dockerignore leaves its file out is refused, with the line that brings it back", async () => {
    writeFileSync(join(cli.directory, "jobs/private.py"), "");
    appendFileSync(join(cli.directory, ".dockerignore"), ".pyspark-deploy\njobs/private.py\n");
    const { exitCode, stderr } = await cli.run(["submit", "jobs/private.py"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/\.dockerignore leaves it out.*echo '!jobs\/private\.py'/s);
  });
});

describe("a worker", () => {
  it("that is killed while a job runs does not keep the job from its right result", async () => {
    const { exitCode, stdout } = await cli.run(["submit", "jobs/slow.py"], {
      when: { text: "running", act: () => execFileSync("docker", ["kill", container("worker-1")]) },
    });
    expect(stdout).toContain("sum 15");
    expect(exitCode).toBe(0);
    await docker("start", container("worker-1"));
    await expect.poll(aliveWorkers, { timeout: 60_000 }).toBe(2);
  });

  it("that crashes comes back by itself", async () => {
    await docker("exec", container("worker-2"), "sh", "-c", "kill -KILL $(cat /proc/1/task/1/children)");
    const restarts = () => docker("inspect", "--format", "{{.RestartCount}}", container("worker-2"));
    await expect.poll(restarts, { timeout: 60_000 }).toBe("1");
    await expect.poll(aliveWorkers, { timeout: 90_000 }).toBe(2);
  });
});

describe("a worker that does not register", () => {
  it("is named when the time is over, with what its container said; the cluster is kept", async () => {
    const late = new Cli(newProject());
    writeFileSync(
      join(late.directory, "pyspark-deploy.yaml"),
      "project: probe-late\nworkers: 2\nworker: {cores: 1, memory: 2g}\nreadyTimeout: 30\n",
    );
    const pause = () => execFileSync("docker", ["pause", "pyspark-deploy_probe-late_local_worker-2"]);
    const { exitCode, stderr } = await late.run(["create", "local"], {
      when: { text: "Waiting for 2 workers", act: pause },
    });
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/1 of 2 workers ALIVE; missing: worker-2/);
    expect(stderr).toMatch(/== worker-2\n/);
    expect(stderr).toContain("pyspark-deploy logs worker-2 --cluster local");
    expect(await objectsOf("probe-late")).toContain("container pyspark-deploy_probe-late_local_worker-2");
    await late.json("destroy", "local", "--purge");
    expect(await objectsOf("probe-late")).toEqual([]);
  });
});

describe("Ctrl-C", () => {
  it("twice kills a job that does not listen", async () => {
    writeFileSync(
      join(cli.directory, "jobs/deaf.py"),
      "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(600)\n",
    );
    await cli.json("build");
    const { exitCode, stderr } = await cli.run(["submit", "--build", "jobs/deaf.py"], {
      when: [
        { text: "deaf", act: (kill) => kill("SIGINT") },
        { text: "press Ctrl-C again to kill it", act: (kill) => kill("SIGINT") },
      ],
    });
    expect(exitCode).toBe(137);
    expect(stderr).toContain("Killing it");
    expect(await runningJobs()).toBe(0);
  });

  it("or rather SIGTERM ends exec, which a terminal's Ctrl-C would not reach", async () => {
    const { exitCode } = await cli.run(["exec", "--", "sh", "-c", "echo started; sleep 600"], {
      when: { text: "started", act: (kill) => kill("SIGTERM") },
    });
    expect(exitCode).toBe(130);
  });
});

describe("destroy while a job runs", () => {
  it("refuses where nobody can be asked, asks on a terminal, and does it with --yes", async () => {
    const job = cli.run(["submit", "jobs/wait.py"]);
    await expect.poll(runningJobs, { timeout: 30_000 }).toBe(1);

    const refused = await cli.run(["destroy", "local"]);
    expect(refused.exitCode).toBe(6);
    expect(refused.stderr).toMatch(/is running jobs\/wait\.py.*--yes/s);

    const terminal = new Terminal(
      `cd ${cli.directory} && env -u CI ${process.execPath} ${process.cwd()}/dist/cli.js destroy local; echo "ended with $?"; sleep 60`,
    );
    await expect.poll(() => terminal.screen(), { timeout: 20_000 }).toContain("Destroy it all the same?");
    terminal.type("n");
    await expect.poll(() => terminal.screen(), { timeout: 20_000 }).toContain("ended with 6");
    terminal.close();
    expect(await runningJobs()).toBe(1);

    const destroyed = await cli.json<{ left: string[] }>("destroy", "local", "--yes");
    expect(destroyed.left).toEqual([]);
    expect((await job).exitCode).not.toBe(0);
  });
});
