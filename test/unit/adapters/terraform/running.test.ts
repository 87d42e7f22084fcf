import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import {
  endLeftTerraform,
  readNote,
  removeNote,
  writeNote,
} from "../../../../src/adapters/terraform/running.js";

/** Stands for Terraform and its provider, which are what their argv says: a group that a killed command has left. */
async function leaveBehind(
  onInterrupt: string,
): Promise<{ readonly directory: string; readonly pid: number }> {
  const directory = mkdtempSync(join(tmpdir(), "psd-running-"));
  const provider = "sh -c 'while :; do sleep 0.05; done # terraform-provider-aws' & trap '' TERM";
  const script = `${provider}; trap '${onInterrupt}' INT; echo ready; while :; do sleep 0.05; done # terraform`;
  const child = spawn("bash", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  child.unref();
  const { pid = 0 } = child;
  writeNote(directory, pid);
  return { directory, pid };
}

/** Processes of a group that have not ended; what ended and waits for its parent does not count. */
const living = (group: number) =>
  execFileSync("ps", ["-A", "-o", "pgid=,stat="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => new RegExp(`^\\s*${group}\\s+[^Z]`).test(line)).length;

describe("Terraform that a killed command left at work", () => {
  it("is told to save its state and ended, its providers too", async () => {
    const { directory, pid } = await leaveBehind("exit 0");
    expect(await endLeftTerraform(directory)).toMatchObject({ pid });
    await vi.waitFor(() => expect(living(pid)).toBe(0));
  });

  it("is another program's number by now: that one is left alone", async () => {
    const directory = mkdtempSync(join(tmpdir(), "psd-running-"));
    const other = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    writeNote(directory, other.pid ?? 0);
    expect(await endLeftTerraform(directory)).toMatchObject({ pid: other.pid });
    expect(living(other.pid ?? 0)).toBe(1);
    other.kill();
  });

  it("is not there when the command came to its end", async () => {
    const directory = mkdtempSync(join(tmpdir(), "psd-running-"));
    writeNote(directory, 4711);
    removeNote(directory);
    expect(readNote(directory)).toBeUndefined();
    expect(await endLeftTerraform(directory)).toBeUndefined();
  });
});
