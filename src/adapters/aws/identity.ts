import { ExitCode, UserError } from "../../errors.js";
import { type AwsScope, clientConfig, Service } from "./client.js";

export interface CallerIdentity {
  /** Twelve digits. */
  readonly account: string;
  /** Who asks. */
  readonly arn: string;
  /** "aws", or another partition's name such as "aws-cn". */
  readonly partition: string;
}

/**
 * Whose the credentials are; also tells whether AWS takes them at all.
 * @throws UserError (exit code 4) when there are none or AWS refuses them.
 */
export async function callerIdentity(scope: AwsScope): Promise<CallerIdentity> {
  const sts = new Service(scope, "sts", async () => {
    const sdk = await import("@aws-sdk/client-sts");
    return { sdk, client: new sdk.STSClient(await clientConfig(scope)) };
  });
  const { Account: account = "", Arn: arn = "" } = await sts.call(
    "GetCallerIdentity",
    ({ client, sdk, options }) => client.send(new sdk.GetCallerIdentityCommand({}), options),
  );
  return { account, arn, partition: arn.split(":")[1] ?? "aws" };
}

/** Amazon's own answer to "what is my address", in plain text. */
const ADDRESS_URL = "https://checkip.amazonaws.com";
const ADDRESS_TIMEOUT_MS = 5_000;

/**
 * This machine's public IPv4 address, as the internet sees it; `url` overrides who is asked.
 * @throws UserError (exit code 4) when nobody answers with an address.
 */
export async function ownAddress(url = ADDRESS_URL, signal?: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(ADDRESS_TIMEOUT_MS);
  try {
    const answer = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    const address = (await answer.text()).trim();
    if (answer.ok && /^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address;
    throw new Error(`it answered ${answer.status}, and no IPv4 address`);
  } catch (cause) {
    const { message } = ((cause as Error).cause ?? cause) as Error;
    throw new UserError({
      exitCode: ExitCode.cloudRefused,
      message: `${url} did not tell this machine's public address, from which alone SSH would be allowed: ${message}`,
      hint: "Say from where you connect, in pyspark-deploy.yaml: aws: {sshFrom: [203.0.113.7/32]}",
      cause,
    });
  }
}
