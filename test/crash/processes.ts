import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { CLI } from "../support/cli.js";

/** Inherited by all that a command starts: how its processes are known when it is dead. */
const MARK = "PYSPARK_DEPLOY_CRASH_CASE";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly args: readonly string[];
}

const read = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
};

/** The processes of a case that run; a zombie has no environment any more. */
export const processesOf = (mark: string): Process[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && read(name, "environ").split("\0").includes(`${MARK}=${mark}`))
    .map((pid) => ({
      pid: Number(pid),
      parent: Number(/^PPid:\s*(\d+)/m.exec(read(pid, "status"))?.[1] ?? 0),
      args: read(pid, "cmdline").split("\0").slice(0, -1),
    }));

export function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

/** The built CLI at work, the leader of its process group, as in a terminal. */
export class Command {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #said = "";
  readonly ended: Promise<number | null>;

  constructor(
    args: readonly string[],
    readonly mark: string,
    { directory, env }: { readonly directory: string; readonly env: Readonly<Record<string, string>> },
  ) {
    this.#child = spawn(process.execPath, [CLI, ...args], {
      cwd: directory,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, CI: "true", ...env, [MARK]: mark },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.#said += chunk.toString();
      });
    this.ended = once(this.#child, "exit").then(([code]) => code as number | null);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** All that it has printed. */
  get said(): string {
    return this.#said;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** A child of the command itself that runs a program of this name. */
  child(program: RegExp): Process | undefined {
    return processesOf(this.mark).find(
      ({ parent, args }) =>
        parent === this.pid && args.slice(0, 2).some((arg) => program.test(basename(arg))),
    );
  }

  /** Ctrl-C in its terminal. */
  press(): void {
    send("SIGINT", -this.pid);
  }

  kill(): void {
    send("SIGKILL", this.pid);
  }
}
