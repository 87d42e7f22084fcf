import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../../wait.js";
import { groupOf, killGroup, send } from "../processes.js";
import { removeScratch } from "../scratch.js";

/** How long Terraform may take to save its state once it is told to end; then it is killed. */
export const GRACE_SECONDS = 60;

const PROGRAM = /terraform|tofu/;

/** A command that was killed before it could take its note away. */
export interface KilledCommand {
  /** Of the Terraform that it had started, which leads a process group of its own. */
  readonly pid: number;
  /** When that began, in Unix milliseconds. */
  readonly began: number;
  /** The folder for its temporary files. */
  readonly scratch?: string | undefined;
}

const noteIn = (directory: string) => join(directory, "terraform.running");

/** Notes which Terraform works in a cluster's folder, and where its temporary files are: it outlives a command that is killed. */
export const writeNote = (directory: string, pid: number, scratch = ""): void =>
  writeFileSync(noteIn(directory), `${pid}\n${scratch}\n`);
export const removeNote = (directory: string): void => rmSync(noteIn(directory), { force: true });

export function readNote(directory: string): KilledCommand | undefined {
  try {
    const [first = "", scratch] = readFileSync(noteIn(directory), "utf8").split("\n");
    const pid = Number.parseInt(first, 10);
    return pid > 1 ? { pid, began: statSync(noteIn(directory)).mtimeMs, scratch } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Ends the Terraform that a killed command left at work on a cluster, for it would go on to make things; to be called
 * before anything else is done with the cluster. Returns what was killed, undefined where nothing was.
 */
export async function endLeftTerraform(directory: string): Promise<KilledCommand | undefined> {
  const killed = readNote(directory);
  if (!killed) return undefined;
  const { pid, scratch } = killed;
  // Another program has the number by now where none of the group is Terraform's.
  if ((await groupOf(pid, PROGRAM)).length > 0) await endGroup(pid);
  if (scratch) removeScratch(scratch);
  return killed;
}

async function endGroup(pid: number): Promise<void> {
  send("SIGINT", pid);
  await waitUntil({
    description: "Terraform, which a killed command left at work, to save its state",
    timeoutSeconds: GRACE_SECONDS,
    probe: async () => {
      const left = await groupOf(pid, PROGRAM);
      return left.includes(pid) ? { done: false, seen: "it works" } : { done: true, value: undefined };
    },
  }).catch(() => {});
  if ((await groupOf(pid, PROGRAM)).length > 0) killGroup(pid);
}
