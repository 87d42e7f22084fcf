import type { AwsScope } from "../../adapters/aws/client.js";
import type { S3SharedObjects } from "../../adapters/aws/shared-objects.js";
import type { Context } from "../../context.js";
import { MASTER_UI_PORT } from "../../plan/cluster-plan.js";

export interface AwsProviderOptions {
  /** One object for all: services that share it share its credentials. */
  readonly scope: AwsScope;
  /** The folder of a cluster's record. */
  readonly directory: (cluster: string) => string;
  /** Where paths of the config start. */
  readonly projectDirectory: string;
  /** For what is downloaded or made once for all projects. */
  readonly cacheDirectory: string;
  /** What an image of the user's engine is built for. */
  readonly architecture: (reference: string) => Promise<"amd64" | "arm64">;
  readonly env: Context["env"];
  /** Where a team keeps its state. */
  readonly shared: S3SharedObjects | undefined;
}

/** What a host of the cluster serves for a browser on this machine. */
export const servedPort = (host: string): string | undefined =>
  host === "master" ? `127.0.0.1:${MASTER_UI_PORT}` : undefined;
