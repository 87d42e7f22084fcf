import { describe, expect, it } from "vitest";
import { cloudInitSeed, hostMetadata } from "../../../src/simulator/metadata.js";
import { instance } from "./instance.js";

const credentials = { accessKeyId: "AKIA", secretAccessKey: "secret" };
const paths = (more: Parameters<typeof instance>[0]) => hostMetadata(instance(more), credentials).paths;

describe("the metadata of a host", () => {
  it("says who and where it is", () => {
    expect(paths({})).toMatchObject({
      "meta-data/instance-id": "i-0",
      "meta-data/local-ipv4": "10.77.0.4",
      "meta-data/local-hostname": "ip-10-77-0-4.ec2.internal",
      "meta-data/placement/region": "us-east-1",
      "meta-data/public-keys/0/openssh-key": "ssh-ed25519 AAAA key",
    });
    expect(JSON.parse(paths({})["dynamic/instance-identity/document"] ?? "")).toMatchObject({
      instanceId: "i-0",
      region: "us-east-1",
    });
  });

  it("names the region in host names outside us-east-1", () => {
    const found = paths({ region: "eu-west-1" })["meta-data/local-hostname"];
    expect(found).toBe("ip-10-77-0-4.eu-west-1.compute.internal");
  });

  it.each([
    ["tags, when the instance shows them", {}, "meta-data/tags/instance/pyspark-deploy:role", "worker"],
    [
      "no tags, when it does not",
      { metadata: { tokens: "required", endpoint: "enabled", tags: "disabled" } },
      "meta-data/tags/instance/pyspark-deploy:role",
      undefined,
    ],
    ["no interruption, when there is none", {}, "meta-data/spot/instance-action", undefined],
    [
      "an interruption, when there is one",
      { interruption: { action: "terminate", time: "2026-01-02T03:04:05Z" } },
      "meta-data/spot/instance-action",
      '{"action":"terminate","time":"2026-01-02T03:04:05Z"}',
    ],
    ["no public address without one", { publicIp: null }, "meta-data/public-ipv4", undefined],
    [
      "the keys that EC2 Instance Connect was given",
      {
        pushedKeys: [
          { user: "ec2-user", key: "ssh-ed25519 AAAB" },
          { user: "ec2-user", key: "ssh-ed25519 AAAC" },
        ],
      },
      "meta-data/managed-ssh-keys/active-keys/ec2-user",
      "ssh-ed25519 AAAB\nssh-ed25519 AAAC\n",
    ],
    ["no key without one", { key: null }, "meta-data/public-keys/0/openssh-key", undefined],
  ])("has %s", (_what, more, path, value) => {
    expect(paths(more)[path]).toBe(value);
  });

  it("has credentials of the instance profile's role, and none without a profile", () => {
    expect(hostMetadata(instance(), credentials).credentials).toEqual({ role: "nodes", ...credentials });
    expect(hostMetadata(instance({ role: null, profile: null }), credentials).credentials).toBeNull();
  });
});

describe("cloud-init's seed", () => {
  it("has the user data byte for byte, the host's name and the key", () => {
    const seed = cloudInitSeed(instance());
    expect([...(seed["user-data"] ?? [])]).toEqual([0x1f, 0x8b, 0xff]);
    expect(JSON.parse(Buffer.from(seed["meta-data"] ?? []).toString())).toEqual({
      "instance-id": "i-0",
      "local-hostname": "ip-10-77-0-4",
      "public-keys": ["ssh-ed25519 AAAA"],
    });
  });
});
