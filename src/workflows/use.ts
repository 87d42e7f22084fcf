import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseObjectAddress } from "../adapters/aws/object-store.js";
import type { Context } from "../context.js";
import { ExitCode, UserError } from "../errors.js";
import type { Session } from "./session.js";
import { jobCredentials, objectStore } from "./storage.js";

/** A shell in the driver container's tmux; returns when the user leaves or detaches. */
export async function login(session: Session, name: string | undefined): Promise<number> {
  const record = await session.ready(name);
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: "login needs a terminal.",
      hint: "In a script, run a command instead: pyspark-deploy exec -- COMMAND",
    });
  }
  const env = { TERM: process.env.TERM ?? "xterm-256color", ...(await jobCredentials(record)) };
  const driver = await session.driver(record);
  return withTerminal(session.context, (signal) => driver.login({ env, signal }));
}

/** While a program owns the terminal Ctrl-C is the program's; what ends us (SIGTERM, a closed terminal) ends it. */
export async function withTerminal<T>(
  context: Context,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const release = context.onInterrupt((_, signal) => {
    if (signal !== "SIGINT") abort.abort();
  });
  try {
    return await work(abort.signal);
  } finally {
    release();
  }
}

/** A command in the driver container; returns its exit code. */
export async function execute(
  session: Session,
  name: string | undefined,
  argv: readonly string[],
): Promise<number> {
  const record = await session.ready(name);
  const tty = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  const env = (await jobCredentials(record)) ?? {};
  const driver = await session.driver(record);
  return withTerminal(session.context, (signal) => driver.exec(argv, { tty, env, signal }));
}

export interface LogOptions {
  readonly follow: boolean;
  readonly tail?: string | undefined;
}

/** The log of a node or a job; without a target, of the latest job. */
export async function showLogs(
  session: Session,
  name: string | undefined,
  target: string | undefined,
  options: LogOptions,
): Promise<void> {
  const cluster = await session.choose(name, await session.recorded());
  const record = await session.records.read(cluster);
  if (!record)
    throw new UserError({
      exitCode: ExitCode.stateConflict,
      message: `The record of "${cluster}" is lost.`,
      hint: `Remove it: pyspark-deploy destroy ${cluster}`,
    });
  const driver = await session.driver(record);
  const latest = target ?? (await driver.jobs()).at(-1)?.id;
  if (latest === undefined) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `"${cluster}" has run no job yet.`,
      hint: "Name a node: pyspark-deploy logs master",
    });
  }
  const { stdout, stderr, signal } = session.context;
  await driver.logs(latest, { stdout, stderr }, { ...options, signal });
}

export interface Copied {
  readonly source: string;
  readonly target: string;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Copies between this machine, a node (`driver:/path`) and S3 (`s3a://bucket/key`). */
export async function copy(
  session: Session,
  name: string | undefined,
  source: string,
  target: string,
): Promise<Copied> {
  const record = await session.ready(name);
  const [from, to] = [parseObjectAddress(source), parseObjectAddress(target)];
  if (from && to) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: "cp does not copy from S3 to S3.",
      hint: "Do it in a job, or copy to a file first.",
    });
  }
  if (!from && !to) {
    await (await session.driver(record)).copy(source, target);
    return { source, target };
  }
  const store = await objectStore(session, record);
  const here = (...parts: readonly string[]) => resolve(session.context.directory, ...parts);
  return session.context.report.step("copy", `Copying ${source} to ${target}`, async (step) => {
    if (from) {
      const isFolder = target.endsWith("/") || existsSync(join(here(target), "."));
      const file = isFolder ? here(target, basename(from.key)) : here(target);
      await store.download(from, file);
      return { source, target: file };
    }
    if (!to) throw new Error("neither side is on S3");
    const file = here(source);
    if (!(await isFile(file)))
      throw new UserError({
        exitCode: ExitCode.usage,
        message: `${file} is not a file.`,
        hint: "cp takes one file to S3 at a time.",
      });
    const key = to.key === "" || to.key.endsWith("/") ? `${to.key}${basename(file)}` : to.key;
    await store.upload(file, { bucket: to.bucket, key }, (bytes) => step.progress(`${bytes} bytes`));
    return { source: file, target: `s3a://${to.bucket}/${key}` };
  });
}
