import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { ExitCode, UserError } from "../errors.js";

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly verb: string;
}

function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

async function acquire(file: string, verb: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // Written first and linked then: nobody ever sees a lock without its owner.
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, JSON.stringify({ pid: process.pid, host: hostname(), verb } satisfies Owner));
  try {
    await take(file, mine);
  } finally {
    await rm(mine, { force: true });
  }
}

async function take(file: string, mine: string): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      return await link(mine, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = await readOwner(file);
    if (owner && isAlive(owner)) {
      throw new UserError({
        exitCode: ExitCode.stateConflict,
        message: `"pyspark-deploy ${owner.verb}" is at work on this cluster (process ${owner.pid} on ${owner.host}).`,
        hint: `Wait until it is done; if it is dead: rm ${file}`,
      });
    }
    await rm(file, { force: true });
  }
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `The lock ${file} is taken again and again.`,
    hint: "Run the command again.",
  });
}

/** Runs `work` as the only command that changes the cluster; a lock whose process is dead is taken over. */
export async function withLock<T>(file: string, verb: string, work: () => Promise<T>): Promise<T> {
  await acquire(file, verb);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
