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

/**
 * The user's AWS credentials from the usual places (environment, profile, SSO), short-lived where AWS can make them so.
 * They are returned, never stored.
 */
export async function resolveCredentials({
  profile,
  region,
  amazon,
}: CredentialRequest): Promise<AwsCredentials> {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  let found: AwsCredentials;
  try {
    found = await fromNodeProviderChain({
      ...(profile !== undefined && { profile }),
      clientConfig: { region },
    })();
  } catch (cause) {
    throw new UserError({
      exitCode: ExitCode.cloudRefused,
      message: `No AWS credentials${profile === undefined ? "" : ` for the profile "${profile}"`}: ${(cause as Error).message}`,
      hint:
        profile === undefined
          ? "Set storage.profile, or run: aws configure"
          : `Run: aws sso login --profile ${profile}`,
      cause,
    });
  }
  return amazon && found.sessionToken === undefined ? shorten(found, region) : found;
}

async function shorten(credentials: AwsCredentials, region: string): Promise<AwsCredentials> {
  const { GetSessionTokenCommand, STSClient } = await import("@aws-sdk/client-sts");
  const { accessKeyId, secretAccessKey } = credentials;
  const sts = new STSClient({ region, credentials: { accessKeyId, secretAccessKey } });
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
