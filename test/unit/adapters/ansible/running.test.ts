import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { endLeftAnsible, writeNote } from "../../../../src/adapters/ansible/running.js";
import { makeScratch } from "../../../../src/adapters/scratch.js";

const newDirectory = () => mkdtempSync(join(tmpdir(), "psd-running-"));

it("Ansible that a killed command left at work is ended, and its secrets are removed", async () => {
  const directory = newDirectory();
  const scratch = makeScratch("ansible");
  writeFileSync(join(scratch, "variables.json"), "secret");
  const left = spawn(
    "bash",
    ["-c", `echo ready; sleep 60; true # ansible-playbook`, join(directory, "inventory.json")],
    {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  await once(left.stdout, "data");
  const ended = once(left, "exit");
  writeNote(directory, scratch);
  await endLeftAnsible(directory);
  expect((await ended)[1]).toBe("SIGKILL");
  expect(existsSync(scratch)).toBe(false);
});

it("the Ansible of another cluster is left alone", async () => {
  const [directory, another] = [newDirectory(), newDirectory()];
  const args = ["-c", "sleep 60; true # ansible-playbook", join(another, "inventory.json")];
  const other = spawn("bash", args, { detached: true, stdio: "ignore" });
  writeNote(directory, makeScratch("ansible"));
  await endLeftAnsible(directory);
  expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  other.kill();
});

it("a note that names another folder than Ansible's removes nothing", async () => {
  const [directory, precious] = [newDirectory(), mkdtempSync(join(tmpdir(), "precious-"))];
  writeNote(directory, precious);
  await endLeftAnsible(directory);
  expect(existsSync(precious)).toBe(true);
});
