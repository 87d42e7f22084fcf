import { type MasterState, readMaster } from "../adapters/spark-master.js";
import { ExitCode, InterruptedError, UserError } from "../errors.js";
import { isSettled, planScale, type ScalePlan, type WorkerFacts, workerFacts } from "../plan/scaling.js";
import { counted, formatMiB } from "../plan/units.js";
import type { ClusterState, RunningCluster } from "../providers/provider.js";
import type { Bar } from "../report/events.js";
import { type ClusterRecord, createCommand } from "../state/record.js";
import { waitUntil } from "../wait.js";
import { secretsOf } from "./secrets.js";
import type { Session } from "./session.js";

export interface ScaleOptions {
  /** How long a worker that leaves may take to hand over what it has; with 0 it is ended at once, and Spark computes that again. */
  readonly timeoutSeconds: number;
}

export interface Scaled {
  readonly cluster: string;
  readonly before: number;
  readonly workers: number;
  /** Names of workers. */
  readonly lost: readonly string[];
  readonly left: readonly string[];
  readonly mended: readonly string[];
  readonly added: number;
  readonly waterfall: readonly Bar[];
}

/** A master that does not answer within this time is not there, or busy beyond use. */
const MASTER_SECONDS = 30;

/** Changes the number of a cluster's workers; jobs go on. An interrupted command is finished by the same command. */
export async function scaleCluster(
  session: Session,
  name: string | undefined,
  workers: number,
  options: ScaleOptions,
): Promise<Scaled> {
  if (!Number.isInteger(workers) || workers < 1) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: "A cluster has one worker at least.",
      hint: "Remove it instead: pyspark-deploy destroy",
    });
  }
  const record = await session.ready(name);
  const { cluster } = record.identity;
  const again = `pyspark-deploy scale ${cluster} ${workers}`;
  return converge(session.forRecord(record), cluster, { verb: "scale", again, options, workers });
}

/** Brings a cluster back to as many workers as it is meant to have. */
export async function repairCluster(
  session: Session,
  name: string | undefined,
  options: ScaleOptions,
): Promise<Scaled> {
  const record = await session.ready(name);
  const { cluster } = record.identity;
  const again = `pyspark-deploy repair ${cluster}`;
  return converge(session.forRecord(record), cluster, { verb: "repair", again, options });
}

interface Change {
  readonly verb: "scale" | "repair";
  readonly again: string;
  readonly options: ScaleOptions;
  /** As many as are recorded, unless given. */
  readonly workers?: number;
}

function lostMaster(record: ClusterRecord): UserError {
  const { cluster } = record.identity;
  return new UserError({
    exitCode: ExitCode.notReady,
    message: `The master of "${cluster}" is gone, and without it there is no cluster.`,
    hint: `Make it anew (its data stays): pyspark-deploy destroy ${cluster} --yes; ${createCommand(record)}`,
  });
}

interface MasterFacts extends MasterState {
  readonly ui: string;
}

async function findMaster(
  session: Session,
  record: ClusterRecord,
  { nodes, ui }: ClusterState,
): Promise<MasterFacts> {
  if (!nodes.some(({ role, running }) => role === "master" && running)) throw lostMaster(record);
  if (ui === undefined) {
    const { cluster } = record.identity;
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `The master of "${cluster}" runs and can't be reached from here: nothing was changed.`,
      hint: `May this address reach it? pyspark-deploy login ${cluster} offers to allow it.`,
    });
  }
  const state = await waitUntil({
    description: "the master to answer",
    timeoutSeconds: MASTER_SECONDS,
    signal: session.context.signal,
    hint: `See why: pyspark-deploy logs ${record.identity.cluster} master`,
    probe: async () => {
      const answer = await readMaster(ui);
      return answer ? { done: true, value: answer } : { done: false, seen: "no answer" };
    },
  });
  return { ...state, ui };
}

/** What there is of the workers, by the machines and by the master. */
function workersOf(record: ClusterRecord, { nodes }: ClusterState, master: MasterState): WorkerFacts[] {
  const hosts = new Map(record.cloud?.nodes.map(({ name, privateIp }) => [name, privateIp]));
  const places = nodes
    .filter(({ role }) => role === "worker")
    .map(({ name, running, known = true }) => ({
      name,
      host: hosts.get(name) ?? name,
      present: running && known,
    }));
  return workerFacts(places, master.workers);
}

/** All executors of a cluster are alike: workers of another size would stay idle, or be too small. */
function refuseOtherSize(record: ClusterRecord, { facts }: RunningCluster): void {
  const { workerCores, workerMemoryBytes } = facts;
  if (workerCores === record.workerCores && workerMemoryBytes === record.workerMemoryBytes) return;
  const size = (cores: number, bytes: number) => `${counted(cores, "core")} and ${formatMiB(bytes)}`;
  const { cluster } = record.identity;
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `By the config as it is now a worker has ${size(workerCores, workerMemoryBytes)} for executors; those of "${cluster}" have ${size(record.workerCores, record.workerMemoryBytes)}.`,
    hint: `Bring the config to the cluster first: pyspark-deploy update ${cluster}`,
  });
}

async function runningCluster(session: Session, record: ClusterRecord): Promise<RunningCluster> {
  const secrets = await secretsOf(session, record, "no worker can join it");
  const { identity, image } = record;
  const { config } = session.loaded;
  return session.providerOf(record).running(record, { config, identity, image, secrets });
}

function describe({ lost, leave, mend, add }: ScalePlan): string {
  const list = (verb: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${verb} ${names.join(", ")}`];
  return [
    ...list("lost:", lost),
    ...list(
      "to leave:",
      leave.map(({ name }) => name),
    ),
    ...list("to come back:", mend),
    ...(add > 0 ? [`to be made: ${counted(add, "worker")}`] : []),
  ].join("; ");
}

/** Looks what there is and brings it to what is wanted; so it does not matter where an earlier command ended. */
async function converge(session: Session, cluster: string, change: Change): Promise<Scaled> {
  const { verb, again, options } = change;
  return session.locked(cluster, verb, async () => {
    // Another command may have changed it since.
    const record = await session.ready(cluster);
    const wanted = change.workers ?? record.workers;
    const state = await session.stateOf(cluster, record);
    const master = await findMaster(session, record, state);
    const workers = workersOf(record, state, master);
    const plan = planScale(workers, wanted);
    const { lost, leave, mend, keep, add } = plan;
    const before = workers.filter(({ present }) => present).length;
    let current: ClusterRecord = { ...record, workers: wanted };
    if (!isSettled(plan)) {
      session.context.report.note(`${cluster}: ${describe(plan)}.`);
      const running = await runningCluster(session, current);
      if (add + mend.length > 0) refuseOtherSize(record, running);
      await session.records.write(current);
      const save = async (cloud: NonNullable<ClusterRecord["cloud"]>) => {
        current = { ...current, cloud };
        await session.records.write(current);
      };
      const { report } = session.context;
      const { timeoutSeconds } = options;
      const work = async () => {
        if (leave.length + lost.length > 0)
          await running.shrink(session.context, { leave, lost, ui: master.ui, timeoutSeconds, again }, save);
        if (add + mend.length > 0) await running.grow(session.context, { add, mend, keep }, save);
      };
      await work().catch(async (error: unknown) => {
        if (error instanceof InterruptedError)
          throw new InterruptedError(`Interrupted: finish it with: ${again}`);
        // What AWS or the engine has no room for is not wanted any longer; what was lost still is.
        const refused =
          error instanceof UserError &&
          (error.exitCode === ExitCode.cloudRefused || error.exitCode === ExitCode.usage);
        if (refused && verb === "scale" && add > 0) {
          await session.records.write({ ...current, workers: keep.length });
          report.note(`"${cluster}" keeps ${counted(keep.length, "worker")}.`, "warning");
        }
        throw error;
      });
    }
    await session.records.write(current);
    const { cloud } = current;
    const replaced = cloud ? keep.filter((name) => !cloud.nodes.some((node) => node.name === name)) : [];
    return {
      cluster,
      before,
      workers: wanted,
      lost: [...lost, ...replaced],
      left: leave.map(({ name }) => name),
      mended: mend.filter((name) => !replaced.includes(name)),
      added: add + replaced.length,
      waterfall: session.context.report.waterfall(),
    };
  });
}
