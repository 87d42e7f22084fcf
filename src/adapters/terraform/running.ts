import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../exec/run.js";
import { waitUntil } from "../../wait.js";

/** How long Terraform may take to save its state once it is told to end; then it is killed. */
export const GRACE_SECONDS = 60;

/** A command that was killed before it could take its note away. */
export interface KilledCommand {
  /** Of the Terraform that it had started, which leads a process group of its own. */
  readonly pid: number;
  /** When that began, in Unix milliseconds. */
  readonly began: number;
}

const noteIn = (directory: string) => join(directory, "terraform.running");

/** Notes which Terraform works in a cluster's folder: it outlives a command that is killed. */
export const writeNote = (directory: string, pid: number): void =>
  writeFileSync(noteIn(directory), `${pid}\n`);
export const removeNote = (directory: string): void => rmSync(noteIn(directory), { force: true });

export function readNote(directory: string): KilledCommand | undefined {
  try {
    const pid = Number.parseInt(readFileSync(noteIn(directory), "utf8"), 10);
    return pid > 1 ? { pid, began: statSync(noteIn(directory)).mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}

function send(signal: "SIGINT" | "SIGKILL", pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

/** Ends what a Terraform that was killed has left: its providers, which go on with what they do. */
export const killGroup = (pid: number): void => send("SIGKILL", -pid);

/** The processes of Terraform's group that are still there, Terraform itself among them or not. */
async function groupOf(pid: number): Promise<readonly number[]> {
  const { stdout } = await run({ file: "ps", args: ["-A", "-o", "pid=,pgid=,stat=,args="] });
  return stdout.split("\n").flatMap((line) => {
    const [, process, group, state, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const isOurs = Number(group) === pid && !state?.startsWith("Z") && /terraform|tofu/.test(args ?? "");
    return isOurs ? [Number(process)] : [];
  });
}

/**
 * Ends the Terraform that a killed command left at work on a cluster, for it would go on to make things; to be called
 * before anything else is done with the cluster. Returns what was killed, undefined where nothing was.
 */
export async function endLeftTerraform(directory: string): Promise<KilledCommand | undefined> {
  const killed = readNote(directory);
  if (!killed) return undefined;
  const { pid } = killed;
  // Another program has the number by now where none of the group is Terraform's.
  if ((await groupOf(pid)).length === 0) return killed;
  send("SIGINT", pid);
  await waitUntil({
    description: "Terraform, which a killed command left at work, to save its state",
    timeoutSeconds: GRACE_SECONDS,
    probe: async () => {
      const left = await groupOf(pid);
      return left.includes(pid) ? { done: false, seen: "it works" } : { done: true, value: undefined };
    },
  }).catch(() => {});
  if ((await groupOf(pid)).length > 0) killGroup(pid);
  return killed;
}
