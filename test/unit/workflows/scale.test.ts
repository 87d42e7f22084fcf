import { afterEach, describe, expect, it } from "vitest";
import { ExitCode, InterruptedError, UserError } from "../../../src/errors.js";
import type { Departure, Growth, RunningCluster } from "../../../src/providers/provider.js";
import { Reporter } from "../../../src/report/events.js";
import type { ClusterRecord } from "../../../src/state/record.js";
import { repairCluster, scaleCluster } from "../../../src/workflows/scale.js";
import type { Session } from "../../../src/workflows/session.js";
import { fakeMaster } from "../../support/spark-master.js";

const OPTIONS = { timeoutSeconds: 600 };
const closing: { close(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0)) one.close();
});

interface Cluster {
  readonly workers: number;
  /** Containers of workers, running. */
  readonly running: readonly string[];
  readonly master?: boolean;
  /** Workers that the master lists as ALIVE; by default those that run. */
  readonly alive?: readonly string[];
  readonly coresOfConfig?: number;
  readonly failure?: Error;
}

/** A session with one cluster; tells what is done to it, and what its record says. */
async function session(cluster: Cluster) {
  const { running, master = true, alive = running, failure } = cluster;
  const ui = await fakeMaster(alive.map((host) => ({ host, state: "ALIVE", executors: 0 })));
  closing.push(ui);
  const record = {
    profile: "local",
    phase: "ready",
    identity: { cluster: "x", project: "p" },
    workers: cluster.workers,
    workerCores: 2,
    workerMemoryBytes: 1024,
  } as ClusterRecord;
  const done: string[] = [];
  let written = record;
  const fake: Partial<RunningCluster> = {
    facts: { workerCores: cluster.coresOfConfig ?? 2, workerMemoryBytes: 1024 } as RunningCluster["facts"],
    shrink: async (_, { leave, lost, timeoutSeconds }: Departure) => {
      done.push(`shrink ${[...leave.map(({ name }) => name), ...lost].join(" ")} within ${timeoutSeconds} s`);
    },
    grow: async (_, { add, mend }: Growth) => {
      done.push(`grow by ${add}${mend.length > 0 ? `, mend ${mend.join(" ")}` : ""}`);
      if (failure) throw failure;
    },
  };
  const made = {
    loaded: { config: {} },
    context: { report: new Reporter(() => {}), signal: new AbortController().signal },
    records: {
      secrets: async () => ({}),
      write: async (next: ClusterRecord) => {
        written = next;
      },
    },
    ready: async () => record,
    forRecord: () => made,
    locked: (_name: string, _verb: string, work: () => Promise<unknown>) => work(),
    stateOf: async () => ({
      nodes: [
        ...(master ? [{ name: "master", role: "master", running: true }] : []),
        ...running.map((name) => ({ name, role: "worker", running: true })),
      ],
      ui: master ? ui.ui : undefined,
    }),
    providerOf: () => ({ running: async () => fake }),
  };
  return { session: made as unknown as Session, done, wanted: () => written.workers };
}

const NAMES = ["worker-1", "worker-2", "worker-3"];

describe("scale", () => {
  it.each`
    what                                    | cluster                                                            | wanted | expected
    ${"makes what is missing"}              | ${{ workers: 3, running: NAMES }}                                  | ${5}   | ${["grow by 2"]}
    ${"takes the newest out"}               | ${{ workers: 3, running: NAMES }}                                  | ${2}   | ${["shrink worker-3 within 600 s"]}
    ${"leaves a cluster alone that is so"}  | ${{ workers: 3, running: NAMES }}                                  | ${3}   | ${[]}
    ${"finishes what was interrupted"}      | ${{ workers: 2, running: NAMES }}                                  | ${2}   | ${["shrink worker-3 within 600 s"]}
    ${"brings back who does not take work"} | ${{ workers: 3, running: NAMES, alive: ["worker-1", "worker-3"] }} | ${3}   | ${["grow by 0, mend worker-2"]}
  `("$what", async ({ cluster, wanted, expected }) => {
    const fake = await session(cluster as Cluster);
    await scaleCluster(fake.session, "x", wanted as number, OPTIONS);
    expect([fake.done, fake.wanted()]).toEqual([expected, wanted]);
  });

  it("ends workers at once with --now", async () => {
    const { session: one, done } = await session({ workers: 3, running: NAMES });
    await scaleCluster(one, "x", 1, { timeoutSeconds: 0 });
    expect(done).toEqual(["shrink worker-3 worker-2 within 0 s"]);
  });

  it.each([0, -1, 1.5])("refuses %d workers", async (workers) => {
    const { session: one, done } = await session({ workers: 3, running: NAMES });
    await expect(scaleCluster(one, "x", workers, OPTIONS)).rejects.toMatchObject({ exitCode: 2 });
    expect(done).toEqual([]);
  });

  it("refuses workers of another size than those that there are, and names update", async () => {
    const { session: one, done } = await session({ workers: 3, running: NAMES, coresOfConfig: 4 });
    await expect(scaleCluster(one, "x", 4, OPTIONS)).rejects.toMatchObject({
      exitCode: 6,
      hint: expect.stringContaining("pyspark-deploy update x"),
    });
    expect(done).toEqual([]);
  });

  it("keeps the number of before when AWS has no room for more", async () => {
    const failure = new UserError({ exitCode: ExitCode.cloudRefused, message: "no capacity" });
    const fake = await session({ workers: 3, running: NAMES, failure });
    await expect(scaleCluster(fake.session, "x", 9, OPTIONS)).rejects.toBe(failure);
    expect(fake.wanted()).toBe(3);
  });

  it("says at Ctrl-C how to finish, and remembers what was wanted", async () => {
    const fake = await session({ workers: 3, running: NAMES, failure: new InterruptedError() });
    await expect(scaleCluster(fake.session, "x", 9, OPTIONS)).rejects.toThrow(
      "Interrupted: finish it with: pyspark-deploy scale x 9",
    );
    expect(fake.wanted()).toBe(9);
  });
});

describe("repair", () => {
  it("makes as many as were lost", async () => {
    const { session: one, done, wanted } = await session({ workers: 3, running: ["worker-2"] });
    expect(await repairCluster(one, "x", OPTIONS)).toMatchObject({ workers: 3, added: 2 });
    expect([done, wanted()]).toEqual([["grow by 2"], 3]);
  });

  it("still wants them when AWS has no room for them now", async () => {
    const failure = new UserError({ exitCode: ExitCode.cloudRefused, message: "no capacity" });
    const fake = await session({ workers: 3, running: ["worker-2"], failure });
    await expect(repairCluster(fake.session, "x", OPTIONS)).rejects.toBe(failure);
    expect(fake.wanted()).toBe(3);
  });

  it("says of a cluster without a master how to make it anew", async () => {
    const { session: one } = await session({ workers: 3, running: NAMES, master: false });
    await expect(repairCluster(one, "x", OPTIONS)).rejects.toMatchObject({
      exitCode: 5,
      hint: expect.stringContaining("pyspark-deploy destroy x --yes; pyspark-deploy create local --name x"),
    });
  });
});
