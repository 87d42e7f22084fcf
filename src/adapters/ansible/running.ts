import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../exec/run.js";
import { groupOf, killGroup } from "../process-group.js";
import { removeScratch } from "../scratch.js";

const PROGRAM = /ansible/;

const noteIn = (directory: string) => join(directory, "ansible.running");

/** Notes where a run has its sockets and secrets, and which process it is: it outlives a command that is killed. */
export function writeNote(directory: string, scratch: string, pid = 0): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(noteIn(directory), `${pid}\n${scratch}\n`);
}

/** Ends the connections that ssh would hold open for the next task. */
async function closeConnections(scratch: string): Promise<void> {
  const entries = await readdir(scratch, { withFileTypes: true }).catch(() => []);
  const close = (socket: string) =>
    run(
      // A connection that is open needs no configuration to be told to end.
      {
        file: "ssh",
        args: ["-F", "/dev/null", "-o", `ControlPath=${join(scratch, socket)}`, "-O", "exit", "any"],
      },
      { timeoutSeconds: 5 },
    );
  await Promise.all(entries.filter((entry) => entry.isSocket()).map(({ name }) => close(name)));
}

/** Leaves nothing of a run: connections, sockets, secrets, its note. */
export async function cleanUp(directory: string, scratch: string): Promise<void> {
  await closeConnections(scratch);
  removeScratch(scratch);
  rmSync(noteIn(directory), { force: true });
}

/** Ends the Ansible that a killed command left at work on a cluster's hosts, and removes what is left of it. */
export async function endLeftAnsible(directory: string): Promise<void> {
  let note: string;
  try {
    note = readFileSync(noteIn(directory), "utf8");
  } catch {
    return;
  }
  const [first = "", scratch = ""] = note.split("\n");
  const pid = Number.parseInt(first, 10);
  // Another program has the number by now where none of the group is Ansible's.
  if (pid > 1 && (await groupOf(pid, PROGRAM)).length > 0) killGroup(pid);
  await cleanUp(directory, scratch);
}
