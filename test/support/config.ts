import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../src/errors.js";

/** A fresh folder with this config in it. */
export function configFolder(content: string | Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), "psd-config-"));
  writeFileSync(join(directory, "pyspark-deploy.yaml"), content);
  return directory;
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
