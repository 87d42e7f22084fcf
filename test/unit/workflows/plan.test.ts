import { describe, expect, it } from "vitest";
import { configSchema } from "../../../src/config/schema.js";
import type { ClusterRecord } from "../../../src/state/record.js";
import { type CloudFacts, changesOf, previewCluster } from "../../../src/workflows/plan.js";
import type { Session } from "../../../src/workflows/session.js";
import { awsPlanRequest } from "../../support/aws-plan.js";

const WANTED = {
  cluster: "big",
  treeHash: "tree",
  provider: "aws",
  workers: 2,
  workerCores: 8,
  workerMemoryBytes: 20052 * 1024 ** 2,
} as const;

const RECORD = {
  ...WANTED,
  phase: "ready",
  image: { reference: "x", parityKey: "y", treeHash: "tree" },
} as unknown as ClusterRecord;

describe("what create would change", () => {
  it.each<[string, ClusterRecord | undefined, RegExp | undefined]>([
    ["nothing of a cluster that is as the config says", RECORD, undefined],
    ["everything where there is none", undefined, /^"big" would be created$/],
    ["what was left half made", { ...RECORD, phase: "creating" }, /was left while creating/],
    ["what was left half updated", { ...RECORD, phase: "updating" }, /an update would finish it/],
    ["the number of workers", { ...RECORD, workers: 1 }, /^workers: 1 now, 2 in the config$/],
    ["their cores", { ...RECORD, workerCores: 4 }, /^cores of a worker: 4 now, 8/],
    ["their provider", { ...RECORD, provider: "local" }, /^provider: local now, aws/],
    ["the image", { ...RECORD, image: { ...RECORD.image, treeHash: "old" } }, /^image: the tree has changed/],
  ])("%s", (_what, record, expected) => {
    const changes = changesOf(record, WANTED);
    if (expected === undefined) expect(changes).toEqual([]);
    else expect(changes).toEqual([expect.stringMatching(expected)]);
  });
});

/** A session whose engine has, or has not, an image of the tree. */
function session(image: { readonly architecture: string } | undefined, settings: object = {}): Session {
  const { profiles: _, ...config } = configSchema.parse({
    provider: "aws",
    aws: { region: "eu-west-1", buckets: ["data"], ttl: "2h" },
    storage: { s3: "aws" },
    ...settings,
  });
  return {
    project: "flights",
    context: { version: "1.0.0" },
    loaded: { config: { ...config, project: "flights" }, profile: "big" },
    records: { read: async () => undefined },
    images: {
      treeHash: async () => "tree",
      find: async () => image && { reference: "localhost/x:1", parityKey: "key", treeHash: "tree" },
    },
    engine: { image: async () => image },
    machine: async () => ({ cores: 8, memoryBytes: 16 * 1024 ** 3, architecture: "aarch64" }),
  } as unknown as Session;
}

const facts: CloudFacts = {
  offer: async () => awsPlanRequest().cloud,
  sshNetworks: async () => ["203.0.113.7/32"],
  prices: async ({ types }) => ({
    source: "a test",
    asOf: "2026-01-01",
    instanceHours: Object.fromEntries(types.map((type) => [type, 1])),
    volume: { gibMonth: 0, iopsMonth: 0, mibpsMonth: 0 },
    addressHour: 0,
  }),
};

describe("the preview of a cluster on AWS", () => {
  it("is priced for an hour and until its end, and would end by itself", async () => {
    const { aws, changes } = await previewCluster(session({ architecture: "amd64" }), { facts });
    expect(changes).toEqual(['"big" would be created']);
    expect(aws?.price).toMatchObject({ perHour: { total: 3, unknown: [] }, untilExpiry: 6 });
    expect(aws?.ttlSeconds).toBe(7200);
  });

  it.each([
    ["the image that was built", { architecture: "arm64" }, {}, "m7g.2xlarge"],
    ["the platform that is configured", undefined, { image: { platform: "linux/amd64" } }, "m7i.2xlarge"],
    ["the engine, before anything is built", undefined, {}, "m7g.2xlarge"],
  ])("has machines of the architecture of %s", async (_what, image, settings, type) => {
    const { nodes } = await previewCluster(session(image, settings), { facts });
    expect(nodes.find(({ role }) => role === "workers")?.type).toBe(type);
  });

  it("has the name that is asked for", async () => {
    const { cluster } = await previewCluster(session(undefined), { facts, name: "second" });
    expect(cluster).toBe("second");
  });
});

describe("the preview of a local cluster", () => {
  it("is made of the engine's own size", async () => {
    const local = session(undefined, { provider: "local", storage: {} });
    const { provider, nodes, aws } = await previewCluster(local);
    expect({ provider, aws }).toEqual({ provider: "local", aws: undefined });
    expect(nodes).toContainEqual(expect.objectContaining({ role: "workers", count: 2, cores: 4 }));
  });
});
