import { ExitCode, InterruptedError, UserError } from "../errors.js";
import type { DestroyResult } from "../providers/provider.js";
import type { ClusterRecord } from "../state/record.js";
import type { Session } from "./session.js";

export interface DestroyOptions {
  /** Also remove the data of the embedded S3 server. */
  readonly purge: boolean;
  /** Do not ask about running jobs. */
  readonly force: boolean;
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
  return session.locked(cluster, "destroy", async () => {
    const record = await session.records.read(cluster).catch(() => undefined);
    if (record) await refuseWhileInUse(session, record, options);
    return removeCluster(session, cluster, options).catch((error: unknown) => {
      if (!(error instanceof InterruptedError)) throw error;
      throw new InterruptedError(`Interrupted: finish it with: pyspark-deploy destroy ${cluster}`);
    });
  });
}

/** A running job would be lost: the user has to want that. */
async function refuseWhileInUse(
  session: Session,
  record: ClusterRecord,
  { force }: DestroyOptions,
): Promise<void> {
  if (force) return;
  const running = (await session.driver(record).jobs()).filter((job) => job.running);
  if (running.length === 0) return;
  const { cluster } = record.identity;
  const jobs = running.map((job) => `${job.command.join(" ")} (${job.id})`).join(", ");
  const agreed = await session.context.confirm(
    `${cluster} is running ${jobs}. Destroy it all the same?`,
    false,
  );
  if (agreed) return;
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `"${cluster}" is running ${jobs}: nothing was removed.`,
    hint: `Wait until it is done, or: pyspark-deploy destroy ${cluster} --yes`,
  });
}

/** The same for a caller that holds the cluster's lock. */
export async function removeCluster(
  session: Session,
  cluster: string,
  { purge }: Pick<DestroyOptions, "purge">,
): Promise<DestroyResult> {
  const record = await session.records.read(cluster).catch(() => undefined);
  // A disk that is full must not keep anything alive.
  if (record) await session.records.write({ ...record, phase: "destroying" }).catch(() => {});
  const result = await session.context.report.step(
    "destroy",
    `Removing ${cluster}`,
    () => session.provider.destroy({ project: session.project, cluster }, { purge }),
    ({ removed, left }) => `${removed.length} objects removed, ${left.length} left`,
  );
  if (result.left.length > 0) {
    throw new UserError({
      exitCode: ExitCode.leftovers,
      message: `Something of "${cluster}" is left:\n${result.left.join("\n")}`,
      hint: `Run it again: pyspark-deploy destroy ${cluster}`,
    });
  }
  await session.records.remove(cluster);
  return result;
}
