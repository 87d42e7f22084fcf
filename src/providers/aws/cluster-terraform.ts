import { awsEnvironment } from "../../adapters/aws/client.js";
import { findTerraform } from "../../adapters/terraform/find.js";
import { Terraform } from "../../adapters/terraform/terraform.js";
import type { ClusterFiles } from "./files.js";
import type { AwsProviderOptions } from "./options.js";

/** Terraform in a cluster's folder, with the credentials of the config. */
export async function clusterTerraform(
  cluster: string,
  files: ClusterFiles,
  { cacheDirectory, scope, terraformState }: AwsProviderOptions,
  signal: AbortSignal,
): Promise<Terraform> {
  return new Terraform({
    program: await findTerraform(),
    stateDirectory: files.terraform,
    cacheDirectory,
    env: () => awsEnvironment(scope),
    state: await terraformState(cluster),
    signal,
  });
}
