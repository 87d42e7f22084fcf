import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const PREFIX = "psd-";

/** A private folder with a short path, for sockets, secrets and other files of one run of a program. */
export const makeScratch = (program: string): string => mkdtempSync(join(tmpdir(), `${PREFIX}${program}-`));

/** The path may come out of a file that somebody has written to. */
export const isScratch = (folder: string): boolean => basename(folder).startsWith(PREFIX);

/** Removes such a folder, and nothing else. */
export function removeScratch(folder: string): void {
  if (!isScratch(folder)) return;
  try {
    // Processes that were just ended still write here for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  } catch {
    // What can't be removed must not hide why the run ended.
  }
}
