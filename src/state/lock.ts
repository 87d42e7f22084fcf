import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { ExitCode, UserError } from "../errors.js";
import { isRunning } from "../host.js";

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly verb: string;
}

const code = (error: unknown) => (error as NodeJS.ErrnoException).code;

function isAlive(owner: Owner): boolean {
  return owner.host !== hostname() || isRunning(owner.pid);
}

/** Undefined when there is no lock, or none that we wrote. */
async function readOwner(file: string): Promise<Owner | undefined> {
  const match = /^(\d+)@([^:]*):(.*)$/.exec(await readlink(file).catch(() => ""));
  if (!match) return undefined;
  const [, pid, host = "", verb = ""] = match;
  return { pid: Number(pid), host, verb };
}

/** Makes the link; false when there is one already. */
async function link(file: string, verb: string): Promise<boolean> {
  try {
    await symlink(`${process.pid}@${hostname()}:${verb}`, file);
    return true;
  } catch (error) {
    if (code(error) === "EEXIST") return false;
    throw error;
  }
}

function atWork(owner: Owner, file: string): UserError {
  return new UserError({
    exitCode: ExitCode.stateConflict,
    message: `"pyspark-deploy ${owner.verb}" is at work on this cluster (process ${owner.pid} on ${owner.host}).`,
    hint: `Wait until it is done; if it is dead: rm ${file}`,
  });
}

/** The verb of the command that holds a lock; undefined when none does, or one that is dead. */
export async function heldBy(file: string): Promise<string | undefined> {
  const owner = await readOwner(file);
  return owner && isAlive(owner) ? owner.verb : undefined;
}

/** A lock is a dangling symbolic link that names its owner: made in one step, and on a full disk too. */
async function acquire(file: string, verb: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  if (await link(file, verb)) return;
  const owner = await readOwner(file);
  if (owner && isAlive(owner)) throw atWork(owner, file);
  await takeOver(file, verb);
}

/** Of several that find the same lock stale, the one that holds the lock's own lock looks again and replaces it. */
async function takeOver(file: string, verb: string): Promise<void> {
  const guard = `${file}.takeover`;
  if (!(await link(guard, verb))) {
    const other = await readOwner(guard);
    if (other && isAlive(other)) throw atWork(other, guard);
    await rm(guard, { force: true });
    throw new UserError({
      exitCode: ExitCode.stateConflict,
      message: "A command was killed while it took over the lock of this cluster.",
      hint: "Run the command again.",
    });
  }
  try {
    const owner = await readOwner(file);
    if (owner && isAlive(owner)) throw atWork(owner, file);
    await rm(file, { force: true });
    if (await link(file, verb)) return;
    throw atWork((await readOwner(file)) ?? { pid: 0, host: "unknown", verb: "another command" }, file);
  } finally {
    await rm(guard, { force: true });
  }
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
