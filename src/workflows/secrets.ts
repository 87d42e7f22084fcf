import { ExitCode, UserError } from "../errors.js";
import { type ClusterRecord, createCommand, type RecordedSecrets } from "../state/record.js";
import type { Session } from "./session.js";

/**
 * The secrets of a cluster that is to be changed.
 * @throws UserError (exit code 6) that says what can't be done `without` them, when they are lost.
 */
export async function secretsOf(
  session: Session,
  record: ClusterRecord,
  without: string,
): Promise<RecordedSecrets> {
  const { cluster } = record.identity;
  const secrets = await session.records.secrets(cluster);
  if (secrets) return secrets;
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `The secrets of "${cluster}" are lost, and without them ${without}.`,
    hint: `Make it anew (its data stays): pyspark-deploy destroy ${cluster} --yes; ${createCommand(record)}`,
  });
}
