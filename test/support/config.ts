import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, configSchema } from "../../src/config/schema.js";
import { UserError } from "../../src/errors.js";

/** A fresh folder with this config in it. */
export function configFolder(content: string | Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), "psd-config-"));
  writeFileSync(join(directory, "pyspark-deploy.yaml"), content);
  return directory;
}

/** The config of a project "probe" with these keys. */
export function testConfig(keys: object): Config {
  const { profiles: _, ...config } = configSchema.parse(keys);
  return { ...config, project: "probe" };
}

/** The user's error that `work` ends with; anything else that it does fails the test. */
export function userError(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}
