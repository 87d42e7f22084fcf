import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { LABEL_PREFIX, type Labels, ROLE_LABEL } from "../plan/identity.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** What every Docker object of a simulator carries, with the simulator's id as its value. */
export const SIMULATOR_LABEL = `${LABEL_PREFIX}simulator`;

export const API_PORT = 4566;
export const REGISTRY_PORT = 5000;
export const S3_PORT = 9000;

export const cacheDirectory = (env: Environment): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pyspark-deploy");

/** Where a simulator keeps its state, unless it is told otherwise: one per user. */
export const defaultDirectory = (env: Environment): string =>
  env.PYSPARK_DEPLOY_SIMULATOR_DIRECTORY || join(cacheDirectory(env), "simulator");

/** Follows from the folder alone, so that what a simulator made is found when its state is lost. */
export const simulatorId = (directory: string): string =>
  createHash("sha256").update(directory).digest("hex").slice(0, 8);

export function simulatorLabels(id: string, role?: "host" | "service"): Labels {
  return { [SIMULATOR_LABEL]: id, ...(role !== undefined && { [ROLE_LABEL]: role }) };
}

/** The name of a Docker object of a simulator; no cluster's objects have such names. */
export const simulatorObject = (id: string, part?: string): string =>
  ["pyspark-deploy", "simulator", id, ...(part === undefined ? [] : [part])].join("_");
