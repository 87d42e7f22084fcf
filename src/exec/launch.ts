import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Invocation } from "./run.js";

/** Starts a program that outlives this process, its output appended to a file of which only the user may read. */
export function launch({ file, args, env, cwd }: Omit<Invocation, "input">, logFile: string): void {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(file, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  closeSync(log);
  // Who waits for what it does will see that it does not: the log has no line.
  child.once("error", () => {});
  child.unref();
}
