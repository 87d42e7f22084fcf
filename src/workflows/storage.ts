import { scopeCredentials } from "../adapters/aws/client.js";
import { credentialEnvironment, resolveCredentials } from "../adapters/aws/credentials.js";
import { type AwsCredentials, ObjectStore } from "../adapters/aws/object-store.js";
import { ExitCode, UserError } from "../errors.js";
import type { ClusterRecord } from "../state/record.js";
import type { Session } from "./session.js";

async function ownCredentials({ storage, cloud }: ClusterRecord): Promise<AwsCredentials> {
  // The role that made the cluster has the data too, unless others' credentials are named for it.
  if (cloud?.role && storage.profile === undefined && storage.endpoint === undefined)
    return scopeCredentials({ region: storage.region, profile: cloud.profile, role: cloud.role });
  return resolveCredentials({
    profile: storage.profile,
    region: storage.region,
    amazon: storage.endpoint === undefined,
  });
}

/** What a job needs in its environment to reach S3; nothing where the nodes have credentials of their own. */
export async function jobCredentials(record: ClusterRecord): Promise<Record<string, string> | undefined> {
  if (record.storage.credentials !== "job") return undefined;
  return credentialEnvironment(await ownCredentials(record));
}

/** The cluster's S3 as this machine reaches it. */
export async function objectStore(session: Session, record: ClusterRecord): Promise<ObjectStore> {
  const { embedded, endpoint, region } = record.storage;
  const { signal } = session.context;
  if (!embedded)
    return new ObjectStore({ endpoint, region, credentials: await ownCredentials(record) }, signal);
  const [state, secrets] = await Promise.all([
    session.stateOf(record.identity.cluster, record),
    session.records.secrets(record.identity.cluster),
  ]);
  if (state.s3 === undefined || !secrets) {
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: "The local S3 server is not running.",
      hint: `Look: pyspark-deploy status ${record.identity.cluster}`,
    });
  }
  const credentials = { accessKeyId: secrets.s3AccessKey, secretAccessKey: secrets.s3SecretKey };
  return new ObjectStore({ endpoint: state.s3, region, credentials }, signal);
}
