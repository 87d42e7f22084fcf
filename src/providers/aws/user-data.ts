import type { SshKeyPair } from "../../adapters/ssh/keys.js";
import { readUserDataFiles } from "../../adapters/user-data-files.js";
import { assetPath } from "../../assets.js";
import type { Context } from "../../context.js";
import { ExitCode, UserError } from "../../errors.js";
import type { AwsClusterPlan } from "../../plan/aws/aws-plan.js";
import type { AwsSparkPlan } from "../../plan/aws/spark-plan.js";
import { renderUserData, USER_DATA_LIMIT_BYTES, type UserDataRequest } from "../../plan/aws/user-data.js";

/** An endpoint on this machine alone: a host would look for it on itself. */
const LOOPBACK = /^https?:\/\/(127\.|localhost[:/]|\[::1\])/;

export interface NodeBoot {
  readonly plan: Pick<AwsSparkPlan, "expires" | "image" | "region"> & {
    readonly network: Pick<AwsClusterPlan["network"], "proxy" | "authorities">;
  };
  readonly hostKey: SshKeyPair;
  /** Public keys of teammates. */
  readonly sshKeys: readonly string[];
  readonly registry: UserDataRequest["registry"];
  readonly bundle?: UserDataRequest["bundle"];
  readonly env: Context["env"];
}

/** What every host of the cluster does at its first boot: base64 of what EC2 hands it. */
export async function userDataFor({
  plan,
  hostKey,
  sshKeys,
  registry,
  bundle,
  env,
}: NodeBoot): Promise<string> {
  const files = await readUserDataFiles(assetPath("templates/user-data"));
  const { AWS_ENDPOINT_URL: endpointUrl } = env;
  const rendered = renderUserData(
    {
      deadline: plan.expires,
      hostKey,
      sshKeys,
      image: plan.image.reference,
      registry,
      bundle,
      region: plan.region,
      proxy: plan.network.proxy,
      certificateAuthorities: plan.network.authorities,
      ...(endpointUrl && !LOOPBACK.test(endpointUrl) && { endpointUrl }),
    },
    files,
  );
  if (rendered.byteLength > USER_DATA_LIMIT_BYTES) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `The nodes' user data has ${rendered.byteLength} bytes; EC2 takes ${USER_DATA_LIMIT_BYTES}.`,
      hint: "Shorten what the config adds to it: aws.caBundle (name your own authorities alone) and aws.proxy.no.",
    });
  }
  return Buffer.from(rendered).toString("base64");
}
