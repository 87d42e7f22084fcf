import type { Config } from "../../config/schema.js";
import { ExitCode, UserError } from "../../errors.js";

/** A cluster's own folder below a team's state: the role is there for the nodes, and the reports that they leave. */
export const bootFolder = (clusterId: string): string => `boot/${clusterId}`;
/** The role with the variables of all nodes, in a key or address of that folder. */
export const roleKey = (folder: string): string => `${folder}/role.json.gz`;
export const reportsPrefix = (folder: string): string => `${folder}/reports/`;

/**
 * From so many workers on, nodes configure themselves where they can: there it took 10.4 s instead of 16.1, and 9.4 CPU
 * seconds of this machine instead of 17.8 (bench/aws-hundreds.mjs; docs/performance.md).
 */
export const BOOT_WORKERS = 10;

/**
 * True where the nodes of a new cluster configure themselves; else this machine does it by Ansible.
 * @throws UserError (exit code 2) when the config wants what can't be.
 */
export function configuresByBoot({
  aws,
  state,
  workers,
}: Pick<Config, "aws" | "state" | "workers">): boolean {
  if (aws.configureBy === "push") return false;
  if (state === undefined && aws.configureBy === "boot") {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: "aws.configureBy is boot: nodes that configure themselves find what they need on S3.",
      hint: "Name a place on S3, such as state: s3://my-bucket/pyspark-deploy; or leave out aws.configureBy.",
    });
  }
  // What a profile of the user's own may read is not known here.
  const fits = workers >= BOOT_WORKERS && aws.instanceProfile === undefined;
  return state !== undefined && (aws.configureBy === "boot" || fits);
}
