/** A role that AWS is asked as. */
export interface AssumedRole {
  readonly arn: string;
  /** What the role's trust policy may ask for. */
  readonly externalId?: string | undefined;
  readonly sessionName?: string | undefined;
}

export interface ExpiringCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

type Source = () => Promise<ExpiringCredentials>;

const SESSION_NAME = "pyspark-deploy";
/** The most for a role that is taken by way of another, and what every role allows. */
const SESSION_SECONDS = 3600;
/** Terraform and Ansible work for minutes with what they were given at their start. */
const RENEWED_BEFORE_MS = 15 * 60_000;

async function assume(
  { arn, externalId, sessionName }: AssumedRole,
  credentials: Source,
  region: string,
): Promise<ExpiringCredentials> {
  const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
  const sts = new STSClient({
    region,
    credentials,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  const { Credentials: found } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: arn,
      RoleSessionName: sessionName ?? SESSION_NAME,
      DurationSeconds: SESSION_SECONDS,
      ...(externalId !== undefined && { ExternalId: externalId }),
    }),
  );
  if (!found?.AccessKeyId || !found.SecretAccessKey) throw new Error(`STS gave no credentials for ${arn}`);
  return {
    accessKeyId: found.AccessKeyId,
    secretAccessKey: found.SecretAccessKey,
    ...(found.SessionToken !== undefined && { sessionToken: found.SessionToken }),
    ...(found.Expiration && { expiration: found.Expiration }),
  };
}

/**
 * The credentials of a role, taken when they are first asked for and again before they end; `explain` turns what STS says
 * into an error of ours.
 */
export function assumedRole(
  role: AssumedRole,
  source: Source,
  region: string,
  explain: (cause: unknown) => Error,
  now: () => number = Date.now,
): Source {
  let current: Promise<ExpiringCredentials> | undefined;
  const renew = () => {
    const asked = assume(role, source, region).catch((cause: unknown) => {
      current = undefined;
      throw explain(cause);
    });
    current = asked;
    return asked;
  };
  return async () => {
    if (!current) return renew();
    const held = current;
    const { expiration } = await held;
    const ends = expiration !== undefined && expiration.getTime() - now() < RENEWED_BEFORE_MS;
    // Of those who find them old at once, the first one renews them.
    return ends && current === held ? renew() : (current ?? renew());
  };
}
