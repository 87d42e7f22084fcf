import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { heldBy, withLock } from "../../../src/state/lock.js";

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

  it("names the verb that holds it, to who only looks, and no verb of a dead process", async () => {
    const file = lockFile();
    expect(await withLock(file, "update --drain", () => heldBy(file))).toBe("update --drain");
    expect(await heldBy(file)).toBeUndefined();
    symlinkSync(`${2 ** 22 + 1}@${hostname()}:create`, file);
    expect(await heldBy(file)).toBeUndefined();
  });

  it("is taken over from a dead process", async () => {
    const file = lockFile();
    await withLock(file, "make the folder", async () => {});
    symlinkSync(`${2 ** 22 + 1}@${hostname()}:create`, file);
    await expect(withLock(file, "destroy", async () => "done")).resolves.toBe("done");
  });

  it.skipIf(process.platform !== "linux")(
    "is taken over from a process that has ended and that nobody waited for",
    async () => {
      const file = lockFile();
      await withLock(file, "make the folder", async () => {});
      const parent = spawn("sh", ["-c", 'sleep 0 & echo "$!"; exec sleep 60']);
      try {
        const [pid] = await once(parent.stdout, "data");
        symlinkSync(`${Number(pid)}@${hostname()}:create`, file);
        await vi.waitFor(() => expect(readFileSync(`/proc/${Number(pid)}/stat`, "utf8")).toContain(" Z "));
        await expect(withLock(file, "destroy", async () => "done")).resolves.toBe("done");
      } finally {
        parent.kill();
      }
    },
  );

  it("is taken over by one of many that find it stale at the same time", async () => {
    const file = lockFile();
    await withLock(file, "make the folder", async () => {});
    symlinkSync(`${2 ** 22 + 1}@${hostname()}:create`, file);
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await setImmediate();
      inside -= 1;
    };
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => withLock(file, "destroy", work)),
    );
    expect(most).toBe(1);
    expect(results.some(({ status }) => status === "fulfilled")).toBe(true);
  });

  it("is taken over when something else is in its place", async () => {
    const file = lockFile();
    await withLock(file, "make the folder", async () => {});
    writeFileSync(file, "{");
    await expect(withLock(file, "destroy", async () => "done")).resolves.toBe("done");
  });
});
