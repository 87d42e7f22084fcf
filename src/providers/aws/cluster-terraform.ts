import { awsEnvironment } from "../../adapters/aws/client.js";
import { findTerraform } from "../../adapters/terraform/find.js";
import { Terraform } from "../../adapters/terraform/terraform.js";
import type { ClusterIdentity } from "../../plan/identity.js";
import type { ClusterFiles } from "./files.js";
import type { AwsProviderOptions } from "./options.js";

/** Terraform in a cluster's folder, with the credentials of the config. */
export async function clusterTerraform(
  { project, cluster }: Pick<ClusterIdentity, "project" | "cluster">,
  files: ClusterFiles,
  { cacheDirectory, scope, shared }: AwsProviderOptions,
  signal: AbortSignal,
): Promise<Terraform> {
  return new Terraform({
    program: await findTerraform(),
    stateDirectory: files.terraform,
    cacheDirectory,
    env: () => awsEnvironment(scope),
    state: shared && {
      bucket: shared.bucket,
      prefix: shared.keyOf(`${project}/${cluster}`),
      region: await shared.region(),
    },
    signal,
  });
}
