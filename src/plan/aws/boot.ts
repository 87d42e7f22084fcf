import type { Config } from "../../config/schema.js";
import { parseStateAddress, stateKey } from "../../config/state-address.js";
import { ExitCode, UserError } from "../../errors.js";

/** Where nodes that configure themselves find the role, and leave their reports: objects of this cluster alone. */
export interface BootLocation {
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly prefix: string;
}

/** The role with the variables of all nodes. */
export const roleKey = ({ prefix }: BootLocation): string => `${prefix}/role.json.gz`;
export const reportsPrefix = ({ prefix }: BootLocation): string => `${prefix}/reports/`;

/**
 * From so many workers on, nodes configure themselves where they can: there it took 10.4 s instead of 16.1, and 9.4 CPU
 * seconds of this machine instead of 17.8 (bench/aws-hundreds.mjs; docs/performance.md).
 */
export const BOOT_WORKERS = 10;

/**
 * Where the nodes of a new cluster find what they configure themselves with; undefined: this machine does it by Ansible.
 * @throws UserError (exit code 2) when the config wants what can't be.
 */
export function bootLocation(
  { aws, state, workers }: Pick<Config, "aws" | "state" | "workers">,
  clusterId: string,
): BootLocation | undefined {
  if (aws.configureBy === "push") return undefined;
  if (state === undefined && aws.configureBy === "boot") {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: "aws.configureBy is boot: nodes that configure themselves find what they need on S3.",
      hint: "Name a place on S3, such as state: s3://my-bucket/pyspark-deploy; or leave out aws.configureBy.",
    });
  }
  // What a profile of the user's own may read is not known here.
  const fits = workers >= BOOT_WORKERS && aws.instanceProfile === undefined;
  if (state === undefined || (aws.configureBy === "auto" && !fits)) return undefined;
  return bootLocationIn(state, clusterId);
}

/** Where a cluster's objects are, if it has any, below a team's state (`s3://…`). */
export function bootLocationIn(state: string, clusterId: string): BootLocation {
  const address = parseStateAddress(state);
  return { bucket: address.bucket, prefix: stateKey(address, `boot/${clusterId}`) };
}
