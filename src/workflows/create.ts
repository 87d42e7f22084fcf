import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { ExitCode, InterruptedError, UserError } from "../errors.js";
import {
  type ClusterPlan,
  type ClusterSecrets,
  type PlannedImage,
  planLocalCluster,
} from "../plan/cluster-plan.js";
import type { ClusterIdentity } from "../plan/identity.js";
import { type ClusterRecord, createCommand } from "../state/record.js";
import { removeCluster } from "./destroy.js";
import { checkEngine } from "./preflight.js";
import type { Session } from "./session.js";

export interface CreateOptions {
  readonly name?: string | undefined;
  /** Remove what was made when the cluster does not become ready, for whatever reason. */
  readonly undo?: { readonly purge: boolean };
}

function newSecrets(): ClusterSecrets {
  return {
    sparkSecret: randomBytes(32).toString("hex"),
    s3AccessKey: randomBytes(10).toString("hex").toUpperCase(),
    s3SecretKey: randomBytes(30).toString("base64url"),
  };
}

function newIdentity(session: Session, cluster: string): ClusterIdentity {
  return {
    project: session.project,
    cluster,
    clusterId: randomBytes(6).toString("hex"),
    created: new Date().toISOString(),
    owner: `${userInfo().username}@${hostname()}`,
    version: session.context.version,
  };
}

async function plan(
  session: Session,
  identity: ClusterIdentity,
  image: PlannedImage,
  secrets: ClusterSecrets,
): Promise<ClusterPlan> {
  const machine = await session.machine();
  return planLocalCluster({ config: session.loaded.config, identity, image, machine, secrets });
}

function recordOf(session: Session, plan: ClusterPlan, phase: ClusterRecord["phase"]): ClusterRecord {
  const { endpoint, eventLog, ...storage } = plan.storage;
  const { profile } = session.loaded.config.storage;
  return {
    schema: 1,
    provider: session.loaded.config.provider,
    profile: session.loaded.profile,
    identity: plan.identity,
    phase,
    image: plan.image,
    workers: plan.workers,
    workerCores: plan.worker.cores,
    workerMemoryBytes: plan.worker.executorHeapBytes * plan.worker.executors,
    driverHeapBytes: plan.driverHeapBytes,
    storage: {
      ...storage,
      ...(endpoint !== undefined && { endpoint }),
      ...(eventLog !== undefined && { eventLog }),
      ...(profile !== undefined && { profile }),
    },
    driver: session.provider.place(plan),
    waterfall: [...session.context.report.waterfall()],
  };
}

/** Refuses a name that is taken; removes what an earlier command left unfinished under it. */
async function makeWay(session: Session, cluster: string): Promise<void> {
  if (!(await session.clusters()).includes(cluster)) return;
  const record = await session.records.read(cluster);
  if (record === undefined || record.phase === "ready") {
    throw new UserError({
      exitCode: ExitCode.stateConflict,
      message: `The cluster "${cluster}" exists already.`,
      hint: `Look: pyspark-deploy status ${cluster}; remove it: pyspark-deploy destroy ${cluster}; or make another: pyspark-deploy create --name NAME`,
    });
  }
  session.context.report.note(
    `"${cluster}" was left while ${record.phase}: what there is of it is removed first.`,
    "warning",
  );
  await removeCluster(session, cluster, { purge: false });
}

/** A cluster that failed stays, so that its logs can be read; an interrupted one does not. */
async function undo(
  session: Session,
  cluster: string,
  options: CreateOptions,
  error: unknown,
): Promise<never> {
  const interrupted = error instanceof InterruptedError;
  if (!interrupted && options.undo === undefined) throw error;
  const { kept } = await removeCluster(session.undisturbed(), cluster, options.undo ?? { purge: false });
  if (!interrupted) throw error;
  const but = kept.length > 0 ? ` but ${kept.join(", ")}` : "";
  throw new InterruptedError(`Interrupted: what had been made of "${cluster}" is removed again${but}.`);
}

/** Makes a cluster; returns its record when all workers are registered. */
export async function createCluster(session: Session, options: CreateOptions = {}): Promise<ClusterRecord> {
  const cluster = options.name ?? session.loaded.profile;
  return session.locked(cluster, "create", async () => {
    await checkEngine(session);
    await makeWay(session, cluster);
    const image = await session.images.project();
    const secrets = newSecrets();
    const planned = await plan(session, newIdentity(session, cluster), image, secrets);
    await session.records.writeSecrets(cluster, secrets);
    // Before the first object exists, so that whatever happens now can be found and undone.
    await session.records.write(recordOf(session, planned, "creating"));
    await session.provider
      .create(planned, secrets, session.loaded.config.readyTimeout, session.context)
      .catch((error: unknown) => undo(session, cluster, options, error));
    const record = recordOf(session, planned, "ready");
    await session.records.write(record);
    return record;
  });
}

/** Puts the current tree's image onto a running cluster; data, name and addresses stay. */
export async function replaceImage(session: Session, cluster: string): Promise<ClusterRecord> {
  return session.locked(cluster, "submit --build", async () => {
    const record = await session.ready(cluster);
    const image = await session.images.project();
    if (image.parityKey === record.image.parityKey) return record;
    const running = await session.driver(record).runningJobs();
    if (running.length > 0) {
      throw new UserError({
        exitCode: ExitCode.stateConflict,
        message: `A new image would end what runs on "${cluster}": ${running.map((job) => job.command.join(" ")).join("; ")}.`,
        hint: "Wait until it is done, or submit without --build.",
      });
    }
    const secrets = await session.records.secrets(cluster);
    if (!secrets) {
      throw new UserError({
        exitCode: ExitCode.stateConflict,
        message: `The secrets of "${cluster}" are lost, and without them its data can't be reached.`,
        hint: `Make it anew (its data stays): pyspark-deploy destroy ${cluster}; pyspark-deploy create`,
      });
    }
    const planned = await plan(session, record.identity, image, secrets);
    await session.records.write({ ...record, phase: "creating" });
    await session.provider
      .replace(planned, secrets, session.loaded.config.readyTimeout, session.context)
      .catch((error: unknown) => {
        if (!(error instanceof InterruptedError)) throw error;
        throw new InterruptedError(
          `Interrupted: "${cluster}" is half replaced. Make it anew, its data stays: ${createCommand(record)}`,
        );
      });
    const replaced = recordOf(session, planned, "ready");
    await session.records.write(replaced);
    return replaced;
  });
}
