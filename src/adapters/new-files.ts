import { existsSync } from "node:fs";
import { lstat, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { ExitCode, UserError } from "../errors.js";

function cannotWrite(path: string, cause: NodeJS.ErrnoException): UserError {
  return new UserError({
    exitCode: ExitCode.usage,
    message: `${path} can't be written: ${cause.code ?? cause.message}.`,
    hint: "See that the folder is yours to write and the disk is not full, then run the command again: it goes on with what is missing.",
    cause,
  });
}

/**
 * Writes a file that is not there yet, whole or not at all; returns false when something is there by now.
 * @throws UserError when the folder can't be written.
 */
export async function writeNewFile(directory: string, path: string, content: string): Promise<boolean> {
  const file = join(directory, path);
  // Not existsSync: it takes a link that leads nowhere for nothing.
  if (await lstat(file).catch(() => undefined)) return false;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, content);
    return true;
  } catch (cause) {
    throw cannotWrite(file, cause as NodeJS.ErrnoException);
  }
}

/**
 * Adds lines at the end of a file, whole or not at all.
 * @throws UserError when it can't be written.
 */
export async function appendToFile(directory: string, path: string, lines: string): Promise<void> {
  const file = join(directory, path);
  try {
    const before = existsSync(file) ? await readFile(file) : Buffer.alloc(0);
    await writeFileAtomic(file, Buffer.concat([before, Buffer.from(lines)]));
  } catch (cause) {
    throw cannotWrite(file, cause as NodeJS.ErrnoException);
  }
}
