import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withLock } from "../../../src/state/lock.js";

const lockFile = () => join(mkdtempSync(join(tmpdir(), "psd-lock-")), "below", "local.lock");

describe("the lock of a cluster", () => {
  it("is gone after the work, also when the work fails", async () => {
    const file = lockFile();
    await expect(withLock(file, "create", async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(file)).toBe(false);
  });

  it("lets one command in, and tells the other who is at work", async () => {
    const file = lockFile();
    await withLock(file, "create", async () => {
      await expect(withLock(file, "destroy", async () => {})).rejects.toThrow(
        new RegExp(`"pyspark-deploy create" is at work.*process ${process.pid}`),
      );
    });
  });

  it("is taken over from a dead process", async () => {
    const file = lockFile();
    await withLock(file, "make the folder", async () => {});
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), verb: "create" }));
    await expect(withLock(file, "destroy", async () => "done")).resolves.toBe("done");
  });

  it("is taken over when it was left half written", async () => {
    const file = lockFile();
    await withLock(file, "make the folder", async () => {});
    writeFileSync(file, "{");
    await expect(withLock(file, "destroy", async () => "done")).resolves.toBe("done");
  });
});
