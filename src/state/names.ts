import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const STATE_DIRECTORY = ".pyspark-deploy";
export const RECORD_FILE = "record.json";
export const SSH_CONFIG_FILE = "ssh_config";

/** Where the records of a project's clusters are, a folder each. */
export const recordsDirectory = (projectDirectory: string) =>
  join(projectDirectory, STATE_DIRECTORY, "clusters");

/** The names of a project's recorded clusters. */
export function recordedClusters(projectDirectory: string): string[] {
  const root = recordsDirectory(projectDirectory);
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, RECORD_FILE)))
    .map((entry) => entry.name)
    .sort();
}
