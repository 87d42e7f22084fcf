import { chmodSync, cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh copy of test/e2e/probe, a small project whose jobs show what reaches them. */
export function newProject(): string {
  const directory = mkdtempSync(join(tmpdir(), "psd-e2e-"));
  // As a user's folder is, so that --mount can show it to the container's user.
  chmodSync(directory, 0o755);
  cpSync(new URL("../e2e/probe", import.meta.url).pathname, directory, { recursive: true });
  return directory;
}
