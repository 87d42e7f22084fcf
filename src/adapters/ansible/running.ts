import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../exec/run.js";
import { processesWith, send } from "../processes.js";
import { isScratch, removeScratch } from "../scratch.js";

const noteIn = (directory: string) => join(directory, "ansible.running");

/** The hosts of a cluster's runs; its path, in the argv of Ansible and of its workers, tells them from all others. */
export const inventoryIn = (directory: string): string => join(directory, "inventory.json");

/** Notes where a run has its sockets and secrets: it outlives a command that is killed. */
export function writeNote(directory: string, scratch: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(noteIn(directory), `${scratch}\n`);
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

/** Leaves nothing of a run: processes (Ansible's workers are in sessions of their own), connections, secrets, its note. */
export async function cleanUp(directory: string, scratch: string): Promise<void> {
  for (const pid of await processesWith([inventoryIn(directory), scratch])) send("SIGKILL", pid);
  await closeConnections(scratch);
  removeScratch(scratch);
  rmSync(noteIn(directory), { force: true });
}

/** Ends the Ansible that a killed command left at work on a cluster's hosts, and removes what is left of it. */
export async function endLeftAnsible(directory: string): Promise<void> {
  let scratch: string;
  try {
    scratch = readFileSync(noteIn(directory), "utf8").trim();
  } catch {
    return;
  }
  // Nothing else than a folder of ours: its path may be in other programs' argv too.
  if (isScratch(scratch)) await cleanUp(directory, scratch);
}
