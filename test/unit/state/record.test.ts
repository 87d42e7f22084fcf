import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ClusterRecord, RecordStore } from "../../../src/state/record.js";

const record: ClusterRecord = {
  schema: 1,
  provider: "local",
  profile: "local",
  identity: { project: "p", cluster: "c", clusterId: "1", created: "now", owner: "me", version: "1" },
  phase: "ready",
  image: { reference: "r", parityKey: "k", treeHash: "t" },
  workers: 2,
  workerCores: 1,
  workerMemoryBytes: 1,
  driverHeapBytes: 1,
  storage: { embedded: true, region: "r", credentials: "files" },
  driver: { container: "c", confMount: { type: "volume", source: "v" }, sharesFiles: true },
  waterfall: [],
};
const secrets = { sparkSecret: "a", s3AccessKey: "b", s3SecretKey: "c" };

function newStore() {
  const directory = mkdtempSync(join(tmpdir(), "psd-record-"));
  return { directory, store: new RecordStore(directory) };
}

describe("the record of a cluster", () => {
  it("comes back as it was written", async () => {
    const { store } = newStore();
    await store.write(record);
    await store.writeSecrets("c", secrets);
    expect(await store.names()).toEqual(["c"]);
    expect(await store.read("c")).toEqual(record);
    expect(await store.secrets("c")).toEqual(secrets);
  });

  it("keeps its secrets in a file of their own that only the owner can read", async () => {
    const { store } = newStore();
    await store.writeSecrets("c", secrets);
    expect(statSync(join(store.directory("c"), "secrets.json")).mode & 0o777).toBe(0o600);
  });

  it("stays out of the user's repository", async () => {
    const { directory, store } = newStore();
    await store.write(record);
    expect(readFileSync(join(directory, ".pyspark-deploy", ".gitignore"), "utf8")).toBe("*\n");
  });

  it("is gone after it was removed", async () => {
    const { store } = newStore();
    await store.write(record);
    await store.remove("c");
    expect(await store.names()).toEqual([]);
    expect(await store.read("c")).toBeUndefined();
  });

  it.each(["{", '{"schema": 2}', "null"])(
    "that is damaged (%s) is an error with a way out",
    async (content) => {
      const { store } = newStore();
      await store.write(record);
      writeFileSync(join(store.directory("c"), "record.json"), content);
      await expect(store.read("c")).rejects.toThrow(/can't be read/);
    },
  );
});
