import { ExitCode, UserError } from "../errors.js";
import type { DestroyResult } from "../providers/provider.js";
import type { Session } from "./session.js";

export interface DestroyOptions {
  /** Also remove the data of the embedded S3 server. */
  readonly purge: boolean;
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
    if (record) await session.records.write({ ...record, phase: "destroying" });
    const name = { project: session.project, cluster };
    const result = await session.context.report.step(
      "destroy",
      `Removing ${cluster}`,
      () => session.provider.destroy(name, options),
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
  });
}
