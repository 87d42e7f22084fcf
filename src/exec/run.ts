import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { execa } from "execa";
import { ExitCode, InterruptedError, UserError } from "../errors.js";
import { hostSystem } from "../host.js";
import { fixForMissing } from "../plan/fixes.js";

/** One program to start. Secrets belong in `input` or `env`, never in `args`: argv is visible to every user of the machine. */
export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
}

/** For programs that have work to save before they end. */
export interface Ending {
  readonly signal: "SIGINT" | "SIGTERM";
  /** Then it is killed. */
  readonly graceSeconds: number;
}

export interface RunOptions {
  /** The program is ended after this many seconds and counts as failed. */
  readonly timeoutSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How the program is told to end when `signal` fires or its time is up; SIGTERM and 5 s unless given. */
  readonly ending?: Ending | undefined;
  /** `signal` ends the program's children too, for programs that leave theirs behind. */
  readonly endGroup?: boolean | undefined;
  /** Called with the process's id, which is its process group's too (but not on Windows). */
  readonly onStart?: ((pid: number) => void) | undefined;
  /** Called with each line as it arrives, standard error included. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Called with the argv of each process that starts, for `--verbose`. */
export type ProcessObserver = (argv: readonly string[]) => void;
let observer: ProcessObserver = () => {};
export function observeProcesses(next: ProcessObserver): void {
  observer = next;
}

function missingTool(file: string, cause: unknown): UserError {
  return new UserError({
    exitCode: ExitCode.toolMissing,
    message: `"${file}" is not on the PATH.`,
    hint: fixForMissing(file, hostSystem()),
    cause,
  });
}

const living = new Set<number>();

function endGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGTERM");
  } catch {
    // Gone already.
  }
}

/** Our children are their own process groups, which nobody else ends when this process ends early. */
function endChildren(): void {
  for (const pid of living) endGroup(pid);
}

/** Follows a child to its end; one that still runs when this process exits is told to end. */
async function reap<T>(subprocess: PromiseLike<T> & { readonly pid?: number }): Promise<T> {
  const { pid } = subprocess;
  if (pid === undefined) return subprocess;
  if (living.size === 0) process.once("exit", endChildren);
  living.add(pid);
  try {
    return await subprocess;
  } finally {
    living.delete(pid);
    if (living.size === 0) process.off("exit", endChildren);
  }
}

interface Outcome {
  readonly code?: string | undefined;
  readonly isCanceled: boolean;
}

/** Turns what execa reports for a process that never ran or was cancelled into our errors; lets a plain exit code pass. */
function rejectUnlessExited(result: Outcome, file: string): void {
  if (result.isCanceled) throw new InterruptedError();
  if (result.code === "ENOENT") throw missingTool(file, result);
}

async function forEachLine(source: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY }))
    onLine(line);
}

/** 128 + signal number would need a table; docker and ssh never end this way unless somebody killed them. */
const KILLED = 137;

/**
 * Runs a program to its end and returns its output; a non-zero exit code is returned, not thrown.
 * @throws UserError (exit code 3) when the program does not exist; InterruptedError when `signal` fires.
 */
export async function run(invocation: Invocation, options: RunOptions = {}): Promise<RunResult> {
  const { file, args, env, input, cwd } = invocation;
  observer([file, ...args]);
  const subprocess = execa(file, args, {
    reject: false,
    ...(env && { env }),
    ...(cwd && { cwd }),
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    ...(options.signal && { cancelSignal: options.signal }),
    ...(options.timeoutSeconds !== undefined && { timeout: options.timeoutSeconds * 1000 }),
    ...(options.ending && {
      killSignal: options.ending.signal,
      forceKillAfterDelay: options.ending.graceSeconds * 1000,
    }),
    // Ctrl-C on a terminal reaches the whole foreground group; our children hear of it from us alone.
    detached: process.platform !== "win32",
    maxBuffer: 64 * 1024 * 1024,
  });
  const { onLine, signal } = options;
  const { pid } = subprocess;
  if (pid !== undefined) options.onStart?.(pid);
  const endAll = () => pid !== undefined && endGroup(pid);
  if (options.endGroup) signal?.addEventListener("abort", endAll);
  const lines =
    onLine && Promise.all([forEachLine(subprocess.stdout, onLine), forEachLine(subprocess.stderr, onLine)]);
  const result = await reap(subprocess);
  await lines;
  signal?.removeEventListener("abort", endAll);
  rejectUnlessExited(result, file);
  return { exitCode: result.exitCode ?? KILLED, stdout: result.stdout, stderr: result.stderr };
}

export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** End the program, as a shell would, when nobody reads its output any more (`| head`); else it goes on unread. */
  readonly endWithReader?: boolean | undefined;
}

/** Runs a program whose output goes to the given streams byte for byte; returns its exit code. */
export async function stream(
  invocation: Invocation,
  output: { readonly stdout: Writable; readonly stderr: Writable },
  options: StreamOptions = {},
): Promise<number> {
  const { file, args, env, cwd } = invocation;
  observer([file, ...args]);
  const subprocess = execa(file, args, {
    reject: false,
    buffer: false,
    stdin: "ignore",
    ...(env && { env }),
    ...(cwd && { cwd }),
    ...(options.signal && { cancelSignal: options.signal }),
    detached: process.platform !== "win32",
  });
  let unread = false;
  const copy = (source: Readable, target: Writable) => {
    const stopCopying = () => {
      unread = true;
      source.unpipe(target);
      source.resume();
      if (options.endWithReader) subprocess.kill();
    };
    source.pipe(target, { end: false });
    target.once("error", stopCopying);
    return () => target.off("error", stopCopying);
  };
  const release = [copy(subprocess.stdout, output.stdout), copy(subprocess.stderr, output.stderr)];
  const result = await reap(subprocess);
  for (const letGo of release) letGo();
  rejectUnlessExited(result, file);
  return result.exitCode ?? (unread ? 0 : KILLED);
}

/**
 * Hands the terminal to a program until it ends; returns its exit code. A Ctrl-C reaches the program from the terminal;
 * `signal` ends it.
 */
export async function interact(
  invocation: Invocation,
  { signal }: Pick<RunOptions, "signal"> = {},
): Promise<number> {
  const { file, args, env } = invocation;
  observer([file, ...args]);
  const result = await execa(file, args, {
    reject: false,
    stdio: "inherit",
    ...(env && { env }),
    ...(signal && { cancelSignal: signal }),
  });
  rejectUnlessExited(result, file);
  return result.exitCode ?? KILLED;
}
