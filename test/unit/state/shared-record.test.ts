import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { type ClusterRecord, RecordStore } from "../../../src/state/record.js";
import { SharedRecordStore } from "../../../src/state/shared-record.js";
import { FakeObjects } from "../../support/shared-objects.js";

const record = (clusterId = "1"): ClusterRecord => ({
  schema: 1,
  provider: "aws",
  profile: "big",
  identity: { project: "p", cluster: "demo", clusterId, created: "now", owner: "ann@mac", version: "1" },
  phase: "ready",
  image: { reference: "r", parityKey: "k", treeHash: "t" },
  workers: 2,
  workerCores: 1,
  workerMemoryBytes: 1,
  driverHeapBytes: 1,
  storage: { embedded: false, region: "r", credentials: "instance-profile" },
  driver: { sshHost: "master", container: "c", confMount: { type: "bind", source: "/" }, sharesFiles: false },
  cloud: { region: "eu-central-1", profile: "ann", deadline: "2027-01-01T00:00:00.000Z", nodes: [] },
  waterfall: [],
});
const secrets = { sparkSecret: "a", s3AccessKey: "b", s3SecretKey: "c" };

/** What a teammate has: a folder of his own, and the bucket that all share. */
function teammate(objects: FakeObjects, profile?: string) {
  const prepare = vi.fn(async () => {});
  const directory = mkdtempSync(join(tmpdir(), "psd-shared-"));
  const local = new RecordStore(directory);
  const store = new SharedRecordStore({ local, objects, project: "p", profile: () => profile, prepare });
  return { directory, local, store, prepare };
}

describe("a record that a team shares", () => {
  it("is read by a teammate with the AWS profile of his own, and a folder is made of it", async () => {
    const objects = new FakeObjects();
    await teammate(objects, "ann").store.write(record());
    const { store, prepare } = teammate(objects, "bob");
    expect(await store.names()).toEqual(["demo"]);
    const read = await store.read("demo");
    expect(read?.cloud?.profile).toBe("bob");
    expect(prepare).toHaveBeenCalledExactlyOnceWith(read, store.directory("demo"));
    await store.read("demo");
    expect(prepare).toHaveBeenCalledOnce();
  });

  it("keeps its secrets in an object of their own, in no teammate's folder", async () => {
    const objects = new FakeObjects();
    const ann = teammate(objects).store;
    await ann.write(record());
    await ann.writeSecrets("demo", secrets);
    expect(await objects.list("p/demo/")).toEqual(["p/demo/record.json", "p/demo/secrets.json"]);
    const { store } = teammate(objects);
    expect(await store.secrets("demo")).toEqual(secrets);
    expect(existsSync(join(store.directory("demo"), "secrets.json"))).toBe(false);
  });

  it("is never overwritten by who has not read its latest version", async () => {
    const objects = new FakeObjects();
    const [ann, bob] = [teammate(objects).store, teammate(objects).store];
    await ann.write(record());
    await bob.read("demo");
    await ann.write({ ...record(), workers: 3 });
    await expect(bob.write({ ...record(), workers: 5 })).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("changed by another command"),
    });
    await bob.read("demo");
    await bob.write({ ...record(), workers: 5 });
    expect((await ann.read("demo"))?.workers).toBe(5);
  });

  it("that was removed does not come back by who still works on it", async () => {
    const objects = new FakeObjects();
    const [ann, bob] = [teammate(objects).store, teammate(objects).store];
    await ann.write(record());
    await bob.read("demo");
    await bob.remove("demo");
    await expect(ann.write(record())).rejects.toThrow(/removed by another command/);
  });

  it("counts as written when S3's answer to its write was lost", async () => {
    const objects = new FakeObjects();
    const { store } = teammate(objects);
    const write = vi.spyOn(objects, "write");
    write.mockImplementationOnce(async (key, text) => {
      await objects.write(key, text, undefined);
      return undefined;
    });
    await store.write(record());
    await store.write({ ...record(), phase: "destroying" });
    expect((await store.read("demo"))?.phase).toBe("destroying");
  });

  it("goes with all that is kept of the cluster but the lock, which its holder removes", async () => {
    const objects = new FakeObjects();
    const { store } = teammate(objects);
    await store.write(record());
    await store.writeSecrets("demo", secrets);
    for (const file of ["terraform.tfstate", "lock.json"])
      await objects.write(`p/demo/${file}`, "x", undefined);
    await objects.write("p/demo-2/record.json", "x", undefined);
    await store.remove("demo");
    expect(await objects.list("p/")).toEqual(["p/demo-2/record.json", "p/demo/lock.json"]);
    expect(existsSync(store.directory("demo"))).toBe(false);
  });

  it("takes its folder on a teammate's machine along when it is gone", async () => {
    const objects = new FakeObjects();
    const [ann, bob] = [teammate(objects).store, teammate(objects).store];
    await ann.write(record());
    await bob.read("demo");
    await ann.remove("demo");
    expect(existsSync(bob.directory("demo"))).toBe(true);
    expect(await bob.names()).toEqual([]);
    expect(existsSync(bob.directory("demo"))).toBe(false);
  });

  it("of another cluster of the same name leaves no key of the former one", async () => {
    const objects = new FakeObjects();
    const [ann, bob] = [teammate(objects).store, teammate(objects).store];
    await ann.write(record("1"));
    await bob.read("demo");
    writeFileSync(join(bob.directory("demo"), "id_ed25519"), "old");
    await ann.remove("demo");
    await ann.write(record("2"));
    await bob.read("demo");
    expect(existsSync(join(bob.directory("demo"), "id_ed25519"))).toBe(false);
  });

  it("that is damaged is an error that names its address", async () => {
    const objects = new FakeObjects();
    await objects.write("p/demo/record.json", "{", undefined);
    await expect(teammate(objects).store.read("demo")).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("s3://team/p/demo/record.json"),
    });
  });
});

describe("what stays in the folder", () => {
  it.each([
    ["a cluster of this machine's engine", "local" as const],
    ["a cluster on AWS from before there was a shared state", "aws" as const],
  ])("is %s", async (_, provider) => {
    const objects = new FakeObjects();
    const { store, local } = teammate(objects);
    const { cloud: _cloud, ...own } = { ...record(), provider };
    await local.write(own);
    await local.writeSecrets("demo", secrets);
    await store.write({ ...own, workers: 7 });
    expect(await store.names()).toEqual(["demo"]);
    expect(await objects.list("")).toEqual([]);
    objects.failure = new Error("S3 can't be reached");
    expect(await store.namesHere()).toEqual(["demo"]);
    expect((await store.read("demo"))?.workers).toBe(7);
    expect(await store.secrets("demo")).toEqual(secrets);
    objects.failure = undefined;
    await store.remove("demo");
    expect(await store.names()).toEqual([]);
  });

  it("is no profile of the maker's in what teammates read", async () => {
    const objects = new FakeObjects();
    const { store } = teammate(objects, "ann");
    await store.write(record());
    expect((await objects.read("p/demo/record.json"))?.text).not.toContain('"ann"');
    expect(readFileSync(join(store.directory("demo"), "record.json"), "utf8")).toContain('"ann"');
  });
});
