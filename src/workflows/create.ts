import { randomBytes } from "node:crypto";
import { ExitCode, InterruptedError, UserError } from "../errors.js";
import type { ClusterSecrets, PlannedImage } from "../plan/cluster-plan.js";
import type { ClusterIdentity } from "../plan/identity.js";
import type { DeliveredImage, PlannedFacts } from "../providers/provider.js";
import type { ClusterRecord } from "../state/record.js";
import { removeCluster } from "./destroy.js";
import { userAtHost } from "./owner.js";
import { warnAboutDisk } from "./preflight.js";
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
    owner: userAtHost(),
    version: session.context.version,
  };
}

function recordOf(
  session: Session,
  identity: ClusterIdentity,
  facts: PlannedFacts,
  phase: ClusterRecord["phase"],
): ClusterRecord {
  return {
    schema: 1,
    provider: session.provider.name,
    profile: session.loaded.profile,
    identity,
    phase,
    ...facts,
    waterfall: [...session.context.report.waterfall()],
  };
}

/** The image where the nodes of this provider get it. */
export async function deliver(session: Session, image: PlannedImage): Promise<DeliveredImage> {
  if (!session.provider.pulls) return image;
  const { pushImage } = await import("./push.js");
  const { reference, repositoryArn } = await pushImage(session, image);
  return {
    ...image,
    reference,
    localReference: image.reference,
    ...(repositoryArn !== undefined && { repositoryArn }),
  };
}

/** Refuses a name that is taken; removes what an earlier command left unfinished under it. */
async function makeWay(session: Session, cluster: string): Promise<void> {
  if (!(await session.isTaken(cluster))) return;
  const record = await session.records.read(cluster);
  if (record === undefined || record.phase === "ready" || record.phase === "updating") {
    throw new UserError({
      exitCode: ExitCode.stateConflict,
      message: `The cluster "${cluster}" exists already.`,
      hint: `Look: pyspark-deploy status ${cluster}; put changes onto it: pyspark-deploy update ${cluster}; remove it: pyspark-deploy destroy ${cluster}; or make another: pyspark-deploy create --name NAME`,
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
    await Promise.all([
      session.provider.check(session.loaded.config, session.context),
      warnAboutDisk(session),
    ]);
    await makeWay(session, cluster);
    const image = await deliver(session, await session.images.project());
    const secrets = newSecrets();
    const identity = newIdentity(session, cluster);
    const { config } = session.loaded;
    const planned = await session.provider.plan({ config, identity, image, secrets });
    let facts = planned.facts;
    const save = (phase: ClusterRecord["phase"]) =>
      session.records.write(recordOf(session, identity, facts, phase));
    // Before the first object exists, so that whatever happens now can be found and undone.
    await save("creating");
    await session.records.writeSecrets(cluster, { ...secrets, config });
    await planned
      .create(session.context, async (cloud) => {
        facts = { ...facts, cloud };
        await save("creating");
      })
      .catch((error: unknown) => undo(session, cluster, options, error));
    await save("ready");
    return recordOf(session, identity, facts, "ready");
  });
}
