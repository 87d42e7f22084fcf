import { describe, expect, it } from "vitest";
import type { Context } from "../../../src/context.js";
import { ExitCode, InterruptedError, UserError } from "../../../src/errors.js";
import type { PlannedFacts, PlanRequest, RunningCluster } from "../../../src/providers/provider.js";
import { type Event, Reporter } from "../../../src/report/events.js";
import type { ClusterRecord, RecordedSecrets } from "../../../src/state/record.js";
import type { Session } from "../../../src/workflows/session.js";
import { type UpdateOptions, updateCluster } from "../../../src/workflows/update.js";
import { testConfig } from "../../support/config.js";

const OLD = { reference: "old", parityKey: "sha256:old", treeHash: "old" };
const NEW = { reference: "new", parityKey: "sha256:new", treeHash: "new" };
const CONFIG = testConfig({ workers: 1 });
const OPTIONS: UpdateOptions = { drain: false, force: false, configOnly: false, verb: "update" };
const DEAD = new UserError({ exitCode: ExitCode.notReady, message: "worker-1 ended.", output: "its log" });

function recordOf(change: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    phase: "ready",
    profile: "local",
    image: OLD,
    workers: 1,
    identity: { cluster: "local" },
    storage: { embedded: true },
    ...change,
  } as ClusterRecord;
}

interface World {
  readonly record?: Partial<ClusterRecord>;
  readonly applied?: unknown;
  readonly config?: object;
  readonly image?: typeof NEW;
  /** What runs at each look at jobs; the last is what runs from then on. */
  readonly jobs?: readonly (readonly string[])[];
  readonly embedded?: boolean;
  /** What becomes of each restart, by image. */
  readonly replace?: (image: string) => Promise<void>;
}

/** A session in which everything that happens is remembered, in order. */
function world(given: World = {}) {
  const done: string[] = [];
  const notes: string[] = [];
  let record = recordOf(given.record);
  let secrets = { config: "applied" in given ? given.applied : CONFIG } as RecordedSecrets;
  const looks = [...(given.jobs ?? [])];
  const runningJobs = async () => {
    const jobs = (looks.length > 1 ? looks.shift() : looks[0]) ?? [];
    return jobs.map((id) => ({ id, command: [id] }));
  };
  const report = new Reporter((event: Event) => event.type === "note" && notes.push(event.text));
  const context = { report, signal: new AbortController().signal } as Context;
  const driver = {
    runningJobs,
    sessions: async () => [],
    interrupt: async (id: string) => {
      done.push(`end ${id}`);
      looks.splice(0, looks.length, []);
    },
  };
  const running = async (_: ClusterRecord, { image, config }: PlanRequest): Promise<RunningCluster> => ({
    facts: { image, storage: { embedded: given.embedded ?? true } } as PlannedFacts,
    confFiles: [
      {
        path: "spark-defaults.conf",
        content: Object.entries(config.spark.conf)
          .map(([key, value]) => `${key} ${value}\n`)
          .join(""),
        secret: true,
      },
    ],
    pull: async () => void done.push(`pull ${image.reference}`),
    replace: async () => {
      done.push(`restart ${image.reference}`);
      await given.replace?.(image.reference);
    },
    grow: async () => {},
    shrink: async () => {},
  });
  const session = {
    context,
    loaded: { config: testConfig({ workers: 1, ...given.config }), profile: "local" },
    images: { project: async () => given.image ?? NEW },
    provider: { pulls: false },
    providerOf: () => ({ running }),
    driver: async () => driver,
    masterUi: async () => undefined,
    forRecord: () => session,
    choose: async () => "local",
    ready: async () => {
      if (record.phase !== "ready") throw new Error(`not ready: ${record.phase}`);
      return record;
    },
    locked: async (_: string, verb: string, work: () => Promise<unknown>) => {
      done.push(`lock ${verb}`);
      return work();
    },
    state: { fence: async () => {} },
    records: {
      names: async () => ["local"],
      read: async () => record,
      write: async (written: ClusterRecord) => {
        record = written;
        done.push(written.phase);
      },
      secrets: async () => secrets,
      writeSecrets: async (_: string, written: RecordedSecrets) => {
        secrets = written;
      },
    },
  } as unknown as Session;
  return {
    done,
    notes,
    record: () => record,
    secrets: () => secrets,
    update: (options: Partial<UpdateOptions> = {}) =>
      updateCluster(session, undefined, { ...OPTIONS, ...options }),
  };
}

describe("update", () => {
  it("pulls ahead, then restarts, and remembers what the cluster has now", async () => {
    const { update, done, record, secrets } = world({ config: { spark: { conf: { "spark.a": "1" } } } });
    const { changes } = await update();
    expect(changes).toEqual(["image: old → new", "spark.a: not set → 1"]);
    expect(done).toEqual(["lock update", "pull new", "updating", "restart new", "ready"]);
    expect(record().image).toEqual(NEW);
    expect(secrets().config).toMatchObject({ spark: { conf: { "spark.a": "1" } } });
  });

  it.each<[string, World, Partial<UpdateOptions>]>([
    ["the tree's image and the config are those of the cluster", { image: OLD }, {}],
    ["only the tree differs, and the image is to stay", {}, { configOnly: true }],
  ])("does nothing when %s", async (_what, given, options) => {
    const { update, done } = world(given);
    expect((await update(options)).changes).toEqual([]);
    expect(done).toEqual(["lock update"]);
  });

  it("takes the config alone, with the cluster's own image", async () => {
    const { update, done } = world({ config: { spark: { conf: { "spark.my.token": "t" } } } });
    expect((await update({ configOnly: true })).changes).toEqual(["spark.my.token: not set → ********"]);
    expect(done).toContain("restart old");
  });

  it("puts the config on anew where an earlier version did not keep it", async () => {
    const { update, done } = world({ image: OLD, applied: undefined });
    expect((await update()).changes).toEqual([expect.stringMatching(/not known/)]);
    expect(done).toContain("restart old");
  });

  it("finishes an update that was cut short, though nothing seems to differ", async () => {
    const { update, done } = world({ image: OLD, record: { phase: "updating" } });
    expect((await update()).changes).toEqual([expect.stringMatching(/cut short/)]);
    expect(done.at(-1)).toBe("ready");
  });

  it("refuses a cluster that was never made", async () => {
    await expect(world({ record: { phase: "creating" } }).update()).rejects.toThrow("not ready: creating");
  });

  it("refuses another kind of storage, before anything is pulled", async () => {
    const { update, done } = world({ embedded: false });
    await expect(update()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/storage\.s3/),
    });
    expect(done).toEqual(["lock update"]);
  });
});

describe("update of a cluster in use", () => {
  it("has pulled, and leaves everything as it was, when it may neither wait nor end what runs", async () => {
    const { update, done, record } = world({ jobs: [["j1"]] });
    await expect(update()).rejects.toMatchObject({ exitCode: 6, message: expect.stringMatching(/j1/) });
    expect(done).toEqual(["lock update", "pull new"]);
    expect(record()).toEqual(recordOf());
  });

  it("waits with --drain, under a lock that tells who submits", async () => {
    const { update, done } = world({ jobs: [["j1"], ["j1"], []] });
    await update({ drain: true });
    expect(done).toEqual(["lock update --drain", "pull new", "updating", "restart new", "ready"]);
  });

  it("ends it with --force", async () => {
    const { update, done } = world({ jobs: [["j1", "j2"]] });
    await update({ force: true });
    expect(done).toEqual([
      ...["lock update", "pull new", "end j1", "end j2"],
      ...["updating", "restart new", "ready"],
    ]);
  });

  it("steps back for a job that began at the last moment", async () => {
    const { update, done } = world({ jobs: [[], ["late"], ["late"]] });
    await expect(update()).rejects.toMatchObject({ exitCode: 6 });
    expect(done).toEqual(["lock update", "pull new", "updating", "ready"]);
  });
});

describe("update that does not come up", () => {
  const failing =
    (...images: readonly string[]) =>
    async (image: string) => {
      if (images.includes(image)) throw DEAD;
    };

  it("goes back to what ran before, with the reason, its log and its exit code", async () => {
    const { update, done, record, secrets } = world({
      replace: failing("new"),
      config: { spark: { conf: { "spark.a": "1" } } },
    });
    await expect(update()).rejects.toMatchObject({
      exitCode: ExitCode.notReady,
      message: expect.stringMatching(/runs again what it ran before.*worker-1 ended/s),
      output: "its log",
    });
    expect(done.slice(2)).toEqual(["updating", "restart new", "restart old", "ready"]);
    expect(record()).toEqual(recordOf());
    expect(secrets().config).toBe(CONFIG);
  });

  it("stays to be finished when what ran before does not come up either, and says both", async () => {
    const { update, record } = world({ replace: failing("new", "old") });
    await expect(update()).rejects.toMatchObject({
      message: expect.stringMatching(/neither .* nor /),
      hint: expect.stringMatching(/pyspark-deploy update local.*destroy local/),
    });
    expect(record().phase).toBe("updating");
  });

  it("stays to be finished when it is interrupted", async () => {
    const { update, done, record } = world({
      replace: async () => {
        throw new InterruptedError();
      },
    });
    await expect(update()).rejects.toThrow(/half updated.*pyspark-deploy update local/);
    expect(done.filter((one) => one.startsWith("restart"))).toEqual(["restart new"]);
    expect(record().phase).toBe("updating");
  });
});
