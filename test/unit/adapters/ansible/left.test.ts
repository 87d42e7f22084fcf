import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { endLeftAnsible } from "../../../../src/adapters/ansible/left.js";
import { waitUntil } from "../../../../src/wait.js";

/** Something that looks like a run of Ansible with this inventory, as soon as it does. */
async function start(inventory: string) {
  const name = `python ansible-playbook --inventory ${inventory} cluster.yml`;
  const child = spawn("bash", ["-c", 'echo here; exec -a "$0" sleep 60', name], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  return child;
}

describe("what a killed command left of Ansible", () => {
  it("is ended, and another cluster's is not", async () => {
    const ours = await start("/p/one/inventory.json");
    const other = await start("/p/two/inventory.json");
    const ended = once(ours, "exit");
    // The program's name changes a moment after it has spoken.
    await waitUntil({
      description: "it to be ended",
      timeoutSeconds: 10,
      probe: async () => {
        await endLeftAnsible("/p/one/inventory.json");
        return ours.signalCode === null ? { done: false, seen: "it runs" } : { done: true, value: undefined };
      },
    });
    expect((await ended)[1]).toBe("SIGKILL");
    expect(other.signalCode).toBeNull();
    other.kill("SIGKILL");
  });
});
