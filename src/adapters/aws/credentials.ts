import { ExitCode, UserError } from "../../errors.js";
import type { AwsCredentials } from "./object-store.js";

export interface CredentialRequest {
  readonly profile?: string | undefined;
  readonly region: string;
  /** Amazon's own S3: long-lived keys are traded for ones that end after `SESSION_SECONDS`. */
  readonly amazon: boolean;
}

/** Twelve hours: long enough for a working day's job, and the most that an IAM user's session may ask for is 36. */
const SESSION_SECONDS = 12 * 3600;

/** Behind a network that swallows packets nobody waits for minutes. */
const STS_LIMITS = {
  maxAttempts: 2,
  // Without the last one, a request that takes too long is a warning alone.
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/** Whatever the usual places of this machine hold. */
async function find({ profile, region }: CredentialRequest) {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  try {
    return await fromNodeProviderChain({
      ...(profile !== undefined && { profile }),
      clientConfig: { region },
    })();
  } catch (cause) {
    throw new UserError({
      exitCode: ExitCode.cloudRefused,
      message: `No AWS credentials${profile === undefined ? "" : ` for the profile "${profile}"`}: ${(cause as Error).message}`,
      hint: renewal(profile),
      cause,
    });
  }
}

const renewal = (profile: string | undefined) =>
  profile === undefined
    ? "Set storage.profile, or run: aws configure"
    : `Run: aws sso login --profile ${profile}`;

/**
 * The user's AWS credentials from the usual places (environment, profile, SSO), short-lived where AWS can make them so.
 * They are returned, never stored.
 */
export async function resolveCredentials(request: CredentialRequest): Promise<AwsCredentials> {
  const found = await find(request);
  return request.amazon && found.sessionToken === undefined ? shorten(found, request.region) : found;
}

export interface CredentialSummary {
  /** Whose they are, as STS names them; undefined where the server is not Amazon's and nobody can be asked. */
  readonly identity: string | undefined;
  /** Unix milliseconds; undefined for long-lived keys. */
  readonly expires: number | undefined;
}

/**
 * Whose the user's AWS credentials are and when they end; asks STS whether they still hold.
 * @throws UserError (exit code 4) when there are none or AWS refuses them.
 */
export async function inspectCredentials(request: CredentialRequest): Promise<CredentialSummary> {
  const found = await find(request);
  const expires = found.expiration?.getTime();
  if (!request.amazon) return { identity: undefined, expires };
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  const sts = new STSClient({ ...STS_LIMITS, region: request.region, credentials: found });
  try {
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    return { identity: Arn, expires };
  } catch (cause) {
    throw new UserError({
      exitCode: ExitCode.cloudRefused,
      message: `AWS refuses the credentials${request.profile === undefined ? "" : ` of the profile "${request.profile}"`}: ${(cause as Error).message}`,
      hint: renewal(request.profile),
      cause,
    });
  }
}

async function shorten(credentials: AwsCredentials, region: string): Promise<AwsCredentials> {
  const { GetSessionTokenCommand, STSClient } = await import("@aws-sdk/client-sts");
  const { accessKeyId, secretAccessKey } = credentials;
  const sts = new STSClient({ ...STS_LIMITS, region, credentials: { accessKeyId, secretAccessKey } });
  try {
    const { Credentials } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: SESSION_SECONDS }));
    if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey)
      throw new Error("STS answered without credentials");
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    };
  } catch (cause) {
    throw new UserError({
      exitCode: ExitCode.cloudRefused,
      message: `AWS STS gave no short-lived credentials: ${(cause as Error).message}`,
      hint: "Use a profile with a role or SSO, or allow sts:GetSessionToken.",
      cause,
    });
  }
}

/** The environment in which every AWS SDK, and Spark, finds these credentials. */
export function credentialEnvironment(credentials: AwsCredentials): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}
