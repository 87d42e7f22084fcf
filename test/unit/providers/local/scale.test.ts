import { afterEach, describe, expect, it } from "vitest";
import type { ContainerSpec } from "../../../../src/adapters/docker/container.js";
import type { ContainerFacts, DockerEngine } from "../../../../src/adapters/docker/engine.js";
import { configSchema } from "../../../../src/config/schema.js";
import type { Context } from "../../../../src/context.js";
import { planLocalCluster } from "../../../../src/plan/cluster-plan.js";
import type { WorkerFacts } from "../../../../src/plan/scaling.js";
import { GIB, MIB } from "../../../../src/plan/units.js";
import { growCluster, shrinkCluster } from "../../../../src/providers/local/scale.js";
import { Reporter } from "../../../../src/report/events.js";
import { type FakeWorker, fakeMaster } from "../../../support/spark-master.js";

const machine = { cores: 8, memoryBytes: 16 * GIB };
const context = { report: new Reporter(() => {}), signal: new AbortController().signal } as Context;
const closing: { close(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0)) one.close();
});

/** A cluster that is to have so many workers, on an engine that remembers what it was told. */
async function cluster(workers: number, registered: FakeWorker[]) {
  const { profiles: _, ...config } = configSchema.parse({ worker: { cores: 2, memory: "2g" } });
  const plan = planLocalCluster({
    config: { ...config, project: "p" },
    identity: {
      ...{ project: "p", cluster: "c", clusterId: "1" },
      ...{ created: "2026-01-01T00:00:00Z", owner: "ann", version: "1" },
    },
    image: { reference: "image:tag", parityKey: "k", treeHash: "t" },
    machine,
    secrets: { sparkSecret: "s", s3AccessKey: "a", s3SecretKey: "b" },
    running: workers,
  });
  const memory = (plan.worker.executorHeapBytes * plan.worker.executors) / MIB;
  const master = await fakeMaster(registered, { cores: 2, memory });
  closing.push(master);
  const done: string[] = [];
  const short = (name: string) => name.replace("pyspark-deploy_p_c_", "");
  const engine: Partial<DockerEngine> = {
    containers: async () => [
      { ports: { 8080: Number(new URL(master.ui).port) } } as unknown as ContainerFacts,
    ],
    remove: async (_kind, names) => {
      if (names.length > 0) done.push(`remove ${names.map(short).join(" ")}`);
    },
    runContainer: async ({ name, limitBytes }: ContainerSpec) => {
      done.push(`run ${short(name)} with ${(limitBytes ?? 0) / GIB} GiB`);
      registered.push({ host: short(name), state: "ALIVE" });
      return name;
    },
    neverRestart: async (name) => void done.push(`never restart ${short(name)}`),
    execQuietly: async (name) => {
      done.push(`signal ${short(name)}`);
      for (const worker of registered) if (worker.host === short(name)) worker.state = "DECOMMISSIONED";
      return { exitCode: 0, stdout: "", stderr: "" };
    },
  };
  const scale = { engine: engine as DockerEngine, plan, machine, readyTimeoutSeconds: 20 };
  return { scale, done, ui: master.ui };
}

const alive = (host: string): FakeWorker => ({ host, state: "ALIVE", executors: 0 });

describe("a local cluster that grows", () => {
  it("gets containers like the others under the lowest free names", async () => {
    const { scale, done } = await cluster(4, [alive("worker-1"), alive("worker-3")]);
    await growCluster(scale, { add: 2, mend: [], keep: ["worker-1", "worker-3"] }, context);
    expect(done).toEqual(["remove worker-2 worker-4", "run worker-2 with 2 GiB", "run worker-4 with 2 GiB"]);
  });

  it("gets the container of a worker that takes no work made anew", async () => {
    const { scale, done } = await cluster(2, [
      alive("worker-1"),
      { host: "worker-2", state: "DECOMMISSIONED" },
    ]);
    await growCluster(scale, { add: 0, mend: ["worker-2"], keep: ["worker-1", "worker-2"] }, context);
    expect(done).toEqual(["remove worker-2", "run worker-2 with 2 GiB"]);
  });

  it("is refused what the engine's memory does not hold, before anything is made", async () => {
    const { scale, done } = await cluster(9, [alive("worker-1")]);
    await expect(growCluster(scale, { add: 8, mend: [], keep: ["worker-1"] }, context)).rejects.toMatchObject(
      {
        exitCode: 2,
        hint: expect.stringContaining("room for 8 workers"),
      },
    );
    expect(done).toEqual([]);
  });
});

describe("a local cluster that shrinks", () => {
  const departure = (state: WorkerFacts["state"], ui: string, timeoutSeconds = 20) => ({
    leave: [{ name: "worker-2", host: "worker-2", present: true, state, coresUsed: 0 }],
    lost: ["worker-3"],
    ...{ ui, timeoutSeconds, again: "again" },
  });

  it("tells a worker to leave, keeps Docker from bringing it back, and removes it with what was lost", async () => {
    const { scale, done, ui } = await cluster(1, [alive("worker-1"), alive("worker-2")]);
    await shrinkCluster(scale, departure("alive", ui), context);
    expect(done).toEqual(["never restart worker-2", "signal worker-2", "remove worker-2 worker-3"]);
  });

  it("removes it at once when nobody wants to wait", async () => {
    const { scale, done, ui } = await cluster(1, [alive("worker-1"), alive("worker-2")]);
    await shrinkCluster(scale, departure("alive", ui, 0), context);
    expect(done).toEqual(["remove worker-2 worker-3"]);
  });
});
