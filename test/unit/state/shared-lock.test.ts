import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { LOCK_SECONDS, SharedLock, sharedLockHeldBy } from "../../../src/state/shared-lock.js";
import { FakeObjects } from "../../support/shared-objects.js";

/** A folder of its own, as each teammate has one. */
const newFolder = () => join(mkdtempSync(join(tmpdir(), "psd-lock-")), "demo.s3-lock");

const acquire = (objects: FakeObjects, verb: string, tokenFile = newFolder(), onLost = vi.fn()) =>
  SharedLock.acquire({ objects, key: "p/demo/lock.json", cluster: "demo", verb, tokenFile, onLost });

describe("a lock that a team shares", () => {
  it("is had by one of several that come at once; the others are told who has it and since when", async () => {
    const objects = new FakeObjects();
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => acquire(objects, "create")));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const refused of tries.filter((one) => one.status === "rejected"))
      expect(refused.reason).toMatchObject({
        exitCode: 6,
        message: expect.stringMatching(
          /"pyspark-deploy create" is at work on "demo": \S+@\S+ \(process \d+\) since \d{4}-.*Z/,
        ),
      });
  });

  it("is free again when it is released", async () => {
    const objects = new FakeObjects();
    await (await acquire(objects, "create")).release();
    expect(await objects.list("")).toEqual([]);
    await expect(acquire(objects, "destroy")).resolves.toBeDefined();
  });

  it("says when it can be taken over, and is then", async () => {
    const objects = new FakeObjects();
    await acquire(objects, "create");
    objects.now = 20;
    await expect(acquire(objects, "destroy")).rejects.toMatchObject({
      hint: expect.stringMatching(/renewed 20 s ago.*in 41 s/),
    });
    objects.now = LOCK_SECONDS + 1;
    await expect(acquire(objects, "destroy")).resolves.toBeDefined();
  });

  it("tells what is done under it, until its holder is dead", async () => {
    const objects = new FakeObjects();
    expect(await sharedLockHeldBy(objects, "p/demo/lock.json")).toBeUndefined();
    await acquire(objects, "update");
    expect(await sharedLockHeldBy(objects, "p/demo/lock.json")).toBe("update");
    objects.now = LOCK_SECONDS + 1;
    expect(await sharedLockHeldBy(objects, "p/demo/lock.json")).toBeUndefined();
  });

  it("stays its holder's as long as he renews it", async () => {
    const objects = new FakeObjects();
    const lock = await acquire(objects, "create");
    objects.now = 50;
    await lock.renew();
    objects.now = 100;
    await expect(acquire(objects, "destroy")).rejects.toMatchObject({ exitCode: 6 });
  });

  it("of a command that was killed is taken over at once from the same folder", async () => {
    const objects = new FakeObjects();
    const folder = newFolder();
    await acquire(objects, "create", folder);
    await expect(acquire(objects, "destroy", folder)).resolves.toBeDefined();
  });

  it("stays its holder's in the eyes of a folder whose command was refused before", async () => {
    const objects = new FakeObjects();
    const folder = newFolder();
    await acquire(objects, "create");
    for (let tries = 0; tries < 2; tries++)
      await expect(acquire(objects, "destroy", folder)).rejects.toMatchObject({ exitCode: 6 });
  });

  it("that was taken over is known as lost to who had it, and stays its new holder's", async () => {
    const objects = new FakeObjects();
    const onLost = vi.fn();
    const slept = await acquire(objects, "create", newFolder(), onLost);
    objects.now = LOCK_SECONDS + 1;
    const next = await acquire(objects, "destroy");
    await expect(slept.renew()).rejects.toMatchObject({ exitCode: 6 });
    expect(onLost).toHaveBeenCalledOnce();
    await slept.release();
    await expect(next.renew()).resolves.toBeUndefined();
  });

  it("is had by one alone of several that take over a dead one's", async () => {
    const objects = new FakeObjects();
    await acquire(objects, "create");
    objects.now = LOCK_SECONDS + 1;
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => acquire(objects, "destroy")));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("that nobody can read is one that can be waited for", async () => {
    const objects = new FakeObjects();
    await objects.write("p/demo/lock.json", "not ours", undefined);
    await expect(acquire(objects, "create")).rejects.toMatchObject({
      message: 'Another command is at work on "demo".',
    });
    objects.now = LOCK_SECONDS + 1;
    await expect(acquire(objects, "create")).resolves.toBeDefined();
  });
});
