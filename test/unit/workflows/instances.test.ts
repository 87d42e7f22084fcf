import { describe, expect, it } from "vitest";
import type { RecordStore } from "../../../src/state/record.js";
import { instanceOf } from "../../../src/workflows/instances.js";

const CLUSTERS: Readonly<Record<string, readonly string[]>> = {
  big: ["worker-1"],
  other: ["worker-1", "worker-2"],
};

const records = {
  names: async () => ["big", "other", "half"],
  read: async (cluster: string) => ({
    identity: { cluster },
    cloud: { nodes: (CLUSTERS[cluster] ?? []).map((name) => ({ name, instance: `i-${cluster}-${name}` })) },
  }),
} as unknown as RecordStore;

describe("the instance that is meant", () => {
  it.each([
    ["its id, known here or not", "i-0123456789abcdef0", "i-0123456789abcdef0"],
    ["a node that only one cluster has", "worker-2", "i-other-worker-2"],
  ])("is named by %s", async (_, word, instance) => {
    expect(await instanceOf({ records }, word)).toBe(instance);
  });

  it.each([
    ["worker-1", /Several clusters have a node "worker-1"/],
    ["worker-9", /There is no instance or node "worker-9"/],
    [undefined, /There is no instance or node ""/],
  ])("can't be %s, and those there are are named", async (word, message) => {
    await expect(instanceOf({ records }, word)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
      hint: expect.stringContaining("i-other-worker-2 (worker-2 of other)"),
    });
  });
});
