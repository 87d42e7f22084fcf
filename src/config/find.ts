import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

export const CONFIG_FILE = "pyspark-deploy.yaml";

/** The config file of the folder (an absolute path) or of one above it. */
export function findConfigFile(from: string): string | undefined {
  const file = join(from, CONFIG_FILE);
  if (existsSync(file)) return file;
  return dirname(from) === from ? undefined : findConfigFile(dirname(from));
}
