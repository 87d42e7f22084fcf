import { ExitCode, InterruptedError, UserError } from "../errors.js";
import type { DestroyResult } from "../providers/provider.js";
import type { ClusterRecord } from "../state/record.js";
import { applicationsAt, jobsOn } from "./in-use.js";
import { userAtHost } from "./owner.js";
import type { Session } from "./session.js";

export interface DestroyOptions {
  /** Also remove the data of the embedded S3 server. */
  readonly purge: boolean;
  /** Do not ask about running jobs. */
  readonly force: boolean;
}

/**
 * The cluster that is meant without a name: only one with a record, and of a team's only one that this user made.
 * @throws UserError (exit code 2) when there is none, or several.
 */
async function onlyOwnCluster(session: Session): Promise<string> {
  const names = await session.records.names();
  if (session.loaded.config.state === undefined) return session.choose(undefined, names);
  const records = await Promise.all(names.map((name) => session.records.read(name).catch(() => undefined)));
  const own = names.filter((_, at) => records[at]?.identity.owner === userAtHost());
  if (own.length > 0 || names.length === 0) return session.choose(undefined, own);
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `The clusters of this project are others': ${names.map((name, at) => `${name} (${records[at]?.identity.owner ?? "unknown"})`).join(", ")}.`,
    hint: `Name the one that is meant: pyspark-deploy destroy ${names[0]}`,
  });
}

/**
 * Removes everything of a cluster, with or without its record, and proves it.
 * @throws UserError (exit code 7) that names what is left.
 */
export async function destroyCluster(
  session: Session,
  cluster: string,
  options: DestroyOptions,
): Promise<DestroyResult> {
  const work = async () => {
    const record = await session.records.read(cluster).catch(() => undefined);
    if (!options.force) await refuseWhileInUse(session, cluster, record);
    return removeCluster(session, cluster, options).catch((error: unknown) => {
      if (!(error instanceof InterruptedError)) throw error;
      throw new InterruptedError(`Interrupted: finish it with: pyspark-deploy destroy ${cluster}`);
    });
  };
  // A folder that nothing can be written to must not keep a cluster alive.
  return session.locked(cluster, "destroy", work, ({ message }) =>
    session.context.report.note(message, "warning"),
  );
}

/** Removes what a command has left here that was killed before it made anything: its lock, secrets of a cluster that never was. */
async function forgetUnmade(session: Session, cluster: string): Promise<void> {
  if (!session.isTouched(cluster)) return;
  await session.locked(cluster, "destroy", async () => {
    if (!(await session.records.names()).includes(cluster)) await session.records.remove(cluster);
  });
}

/** The cluster that `destroy` means, with a record or without; what a command left of one that never was is removed. */
export async function clusterToDestroy(session: Session, name: string | undefined): Promise<string> {
  if (name === undefined) return onlyOwnCluster(session);
  return session.existing(name, { data: true }).catch(async (error: unknown) => {
    if (error instanceof UserError) await forgetUnmade(session, name);
    throw error;
  });
}

/** What would be lost: running jobs, and applications that were started by hand. */
export async function inUse(
  session: Session,
  cluster: string,
  record: ClusterRecord | undefined,
): Promise<string[]> {
  const jobs = record ? await jobsOn(await session.driver(record)) : [];
  if (jobs.length > 0) return jobs;
  const { ui } = await session.stateOf(cluster, record);
  return applicationsAt(ui);
}

async function refuseWhileInUse(
  session: Session,
  cluster: string,
  record: ClusterRecord | undefined,
): Promise<void> {
  const running = await inUse(session, cluster, record);
  if (running.length === 0) return;
  const what = running.join(", ");
  if (await session.context.confirm(`${cluster} is running ${what}. Destroy it all the same?`, false)) return;
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `"${cluster}" is running ${what}: nothing was removed.`,
    hint: `Wait until it is done, or: pyspark-deploy destroy ${cluster} --yes`,
  });
}

function together(results: readonly DestroyResult[]): DestroyResult {
  const all = (key: keyof DestroyResult) => results.flatMap((result) => result[key]);
  return {
    removed: all("removed"),
    left: all("left"),
    reasons: all("reasons"),
    kept: all("kept"),
    looked: all("looked"),
  };
}

/** The same for a caller that holds the cluster's lock. */
export async function removeCluster(
  session: Session,
  cluster: string,
  { purge }: Pick<DestroyOptions, "purge">,
): Promise<DestroyResult> {
  await session.state.fence(cluster);
  const record = await session.records.read(cluster).catch(() => undefined);
  // A disk that is full must not keep anything alive.
  if (record) await session.records.write({ ...record, phase: "destroying" }).catch(() => {});
  const result = await session.context.report.step(
    "destroy",
    `Removing ${cluster}`,
    async (step) => {
      const name = { project: session.project, cluster, clusterId: record?.identity.clusterId };
      const results = await Promise.all(
        session.providersOf(record).map((provider) => provider.destroy(name, { purge }, step.progress)),
      );
      return together(results);
    },
    ({ removed, left }) => `${removed.length} objects removed, ${left.length} left`,
  );
  if (result.left.length > 0 || result.reasons.length > 0) {
    throw new UserError({
      exitCode: ExitCode.leftovers,
      message:
        result.left.length > 0
          ? `Something of "${cluster}" is left:\n${result.left.join("\n")}`
          : `That nothing of "${cluster}" is left could not be proven.`,
      hint: `Free what uses it, then: pyspark-deploy destroy ${cluster}`,
      output: result.reasons.join("\n"),
    });
  }
  await session.records.remove(cluster).catch((cause: unknown) => {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError({
      exitCode: ExitCode.leftovers,
      message: `Nothing of "${cluster}" is left but its record, which can't be removed:\n${cause.message}`,
      hint: `${cause.hint ?? ""}\nThen: pyspark-deploy destroy ${cluster}`.trim(),
      cause,
    });
  });
  return result;
}
