import { mkdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { ExitCode, UserError } from "../errors.js";

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly verb: string;
}

const code = (error: unknown) => (error as NodeJS.ErrnoException).code;

function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return code(error) === "EPERM";
  }
}

/** Undefined when there is no lock, or none that we wrote. */
async function readOwner(file: string): Promise<Owner | undefined> {
  const match = /^(\d+)@([^:]*):(.*)$/.exec(await readlink(file).catch(() => ""));
  if (!match) return undefined;
  const [, pid, host = "", verb = ""] = match;
  return { pid: Number(pid), host, verb };
}

/** A lock is a dangling symbolic link that names its owner: made in one step, and on a full disk too. */
async function acquire(file: string, verb: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      return await symlink(`${process.pid}@${hostname()}:${verb}`, file);
    } catch (error) {
      if (code(error) !== "EEXIST") throw error;
    }
    const owner = await readOwner(file);
    if (owner && isAlive(owner)) {
      throw new UserError({
        exitCode: ExitCode.stateConflict,
        message: `"pyspark-deploy ${owner.verb}" is at work on this cluster (process ${owner.pid} on ${owner.host}).`,
        hint: `Wait until it is done; if it is dead: rm ${file}`,
      });
    }
    await removeStale(file, owner);
  }
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `The lock ${file} is taken again and again.`,
    hint: "Run the command again.",
  });
}

/** Of several that find the same stale lock one moves it away; what turns out to be somebody's new lock is put back. */
async function removeStale(file: string, stale: Owner | undefined): Promise<void> {
  const aside = `${file}.stale.${process.pid}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (code(error) === "ENOENT") return;
    throw error;
  }
  if ((await readOwner(aside))?.pid === stale?.pid) await rm(aside, { force: true });
  else await rename(aside, file);
}

/**
 * Runs `work` as the only command that changes the cluster; a lock whose process is dead is taken over.
 * `withoutLock` is told why no lock can be made here (a read-only folder, say) and may throw: else `work` runs without.
 */
export async function withLock<T>(
  file: string,
  verb: string,
  work: () => Promise<T>,
  withoutLock: (why: UserError) => void = (why) => {
    throw why;
  },
): Promise<T> {
  try {
    await acquire(file, verb);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    withoutLock(
      new UserError({
        exitCode: ExitCode.stateConflict,
        message: `The lock ${file} can't be made: ${(cause as Error).message}`,
        hint: `See that files can be made in ${dirname(file)}, then run the command again.`,
        cause,
      }),
    );
    return work();
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
