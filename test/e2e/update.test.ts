import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli, docker, objectsOf } from "../support/cli.js";
import { newProject } from "../support/project.js";

const PROJECT = "probe-update";
const cli = new Cli(newProject());
const config = (spark = "") =>
  writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), `project: ${PROJECT}\nworkers: 1\n${spark}`);
const edit = (mark: string) => writeFileSync(join(cli.directory, "probe/__init__.py"), `MARK = "${mark}"\n`);
const dockerfile = join(cli.directory, "Dockerfile");
/** A worker that can't start. */
const BROKEN = `USER root\nRUN printf '#!/bin/sh\\necho the worker is broken; exit 9\\n' > $(command -v start-worker)\nUSER spark\n`;

interface Updated {
  readonly parityKey: string;
  readonly changes: readonly string[];
}

/** What the code on the cluster says of itself. */
const running = async () =>
  (await cli.run(["exec", "--", "python", "-c", "from probe import MARK; print(MARK)"])).stdout;
const property = async (name: string) =>
  (await cli.run(["exec", "--", "grep", `^${name} `, "/opt/spark/conf/spark-defaults.conf"])).stdout;
async function state() {
  const { clusters } = await cli.json<{ clusters: { state: string }[] }>("status", "local");
  return clusters[0]?.state;
}
const startedAt = () =>
  docker("inspect", "--format", "{{.State.StartedAt}}", `pyspark-deploy_${PROJECT}_local_master`);

beforeAll(async () => {
  config();
  await cli.run(["destroy", "local", "--purge", "--yes"]);
  await cli.json("create", "local");
});

afterAll(async () => {
  await cli.run(["destroy", "local", "--purge", "--yes"]);
});

describe("update", () => {
  it("does nothing when nothing differs", async () => {
    const before = await startedAt();
    expect((await cli.json<Updated>("update")).changes).toEqual([]);
    expect(await startedAt()).toBe(before);
  });

  it("puts edited code onto the cluster, and jobs run it on driver and executors", async () => {
    edit("edited");
    const { changes } = await cli.json<Updated>("update", "local");
    expect(changes).toEqual([expect.stringMatching(/^image: [0-9a-f]{12} → [0-9a-f]{12}$/)]);
    const { stdout } = await cli.run(["submit", "jobs/mark.py"]);
    expect(stdout).toContain("driver: edited");
    expect(stdout).toContain("executors: ['edited']");
  });

  it("puts changed Spark properties onto the cluster without the tree's code, and keeps secrets to itself", async () => {
    edit("not yet");
    config(
      "driver: {memory: 700m}\nspark: {conf: {spark.sql.shuffle.partitions: 7, spark.my.password: hush}}\n",
    );
    const { changes } = await cli.json<Updated>("update", "--config-only");
    expect(changes).toEqual([
      "spark.driver.memory: 1024m → 700m",
      "spark.my.password: not set → ********",
      "spark.sql.shuffle.partitions: not set → 7",
    ]);
    expect(await property("spark.sql.shuffle.partitions")).toBe("spark.sql.shuffle.partitions 7");
    expect(await running()).toBe("edited");
  });

  it("refuses while a job runs; --drain waits for it, and who submits meanwhile is told", async () => {
    edit("drained");
    const results: Promise<unknown>[] = [];
    let refused: Awaited<ReturnType<Cli["run"]>> | undefined;
    let late: Awaited<ReturnType<Cli["run"]>> | undefined;
    let drained: Awaited<ReturnType<Cli["run"]>> | undefined;
    await cli.run(["submit", "jobs/wait.py"], {
      when: {
        text: "waiting",
        act: (kill) => {
          const meanwhile = async () => {
            refused = await cli.run(["update"]);
            const submitted: Promise<unknown>[] = [];
            drained = await cli.run(["update", "--drain"], {
              when: {
                text: "Waiting until nothing runs",
                act: () => {
                  const submit = cli.run(["submit", "jobs/echo.py"]).then((result) => {
                    late = result;
                    kill("SIGINT");
                  });
                  submitted.push(submit);
                },
              },
            });
            await Promise.all(submitted);
          };
          results.push(meanwhile());
        },
      },
    });
    await Promise.all(results);
    expect(refused?.exitCode).toBe(6);
    expect(refused?.stderr).toMatch(/in use.*jobs\/wait\.py.*--drain.*--force/s);
    expect(late?.exitCode).toBe(6);
    expect(late?.stderr).toMatch(/An update of "local" waits/);
    expect(drained?.exitCode, drained?.stderr).toBe(0);
    expect(await running()).toBe("drained");
  });

  it.each([
    ["an image whose worker can't start", () => appendFileSync(dockerfile, BROKEN), /the worker is broken/],
    [
      "a property that Spark refuses",
      () => config("spark: {conf: {spark.worker.timeout: never}}\n"),
      /spark\.worker\.timeout/,
    ],
  ])("goes back from %s, and says why", async (_what, spoil, why) => {
    const good = readFileSync(dockerfile, "utf8");
    edit("bad");
    spoil();
    const { exitCode, stderr } = await cli.run(["update"]);
    writeFileSync(dockerfile, good);
    config();
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/runs again what it ran before/);
    expect(stderr).toMatch(why);
    expect(await state()).toBe("ready");
    expect(await running()).toBe("drained");
  });

  it("finishes what a killed one began, which submit does not touch", async () => {
    edit("finished");
    const killed = await cli.run(["update"], {
      when: { text: "Stopping", act: (kill) => void setTimeout(() => kill("SIGKILL"), 300) },
    });
    expect(killed.exitCode).toBeUndefined();
    expect(await state()).toBe("updating");
    const submitted = await cli.run(["submit", "jobs/echo.py"]);
    expect(submitted.exitCode).toBe(5);
    expect(submitted.stderr).toMatch(/half updated.*pyspark-deploy update local/s);
    await cli.json("update");
    expect(await state()).toBe("ready");
    expect(await running()).toBe("finished");
  });

  it("with --force ends what runs; and what a killed update leaves, destroy removes", async () => {
    edit("forced");
    const killed: Promise<unknown>[] = [];
    const job = await cli.run(["submit", "jobs/wait.py"], {
      when: {
        text: "waiting",
        act: () => {
          const when = {
            text: "Starting the containers",
            act: (kill: (signal: NodeJS.Signals) => void) => kill("SIGKILL"),
          };
          killed.push(cli.run(["update", "--force"], { when }));
        },
      },
    });
    await Promise.all(killed);
    expect(job.exitCode).toBe(137);
    await cli.json("destroy", "local", "--purge");
    expect(await objectsOf(PROJECT)).toEqual([]);
  });
});
