import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { newKeyPair } from "../../../../src/adapters/ssh/keys.js";
import { prepareAccess } from "../../../../src/providers/aws/access.js";
import type { ClusterRecord } from "../../../../src/state/record.js";

const MASTER = { name: "master", role: "master" as const, instance: "i-0a1", type: "m6i.large", zone: "z" };

const record = (sshKeys?: string[], phase: ClusterRecord["phase"] = "ready"): ClusterRecord => ({
  schema: 1,
  provider: "aws",
  profile: "big",
  identity: { project: "p", cluster: "demo", clusterId: "1", created: "now", owner: "ann@mac", version: "1" },
  phase,
  image: { reference: "r", parityKey: "k", treeHash: "t" },
  workers: 2,
  workerCores: 1,
  workerMemoryBytes: 1,
  driverHeapBytes: 1,
  storage: { embedded: false, region: "r", credentials: "instance-profile" },
  driver: { sshHost: "master", container: "c", confMount: { type: "bind", source: "/" }, sharesFiles: false },
  cloud: {
    region: "eu-central-1",
    deadline: "2027-01-01T00:00:00.000Z",
    nodes: [{ ...MASTER, privateIp: "10.0.0.4", address: "203.0.113.7", hostKey: "ssh-ed25519 AAAAhost" }],
    ...(sshKeys && { sshKeys }),
  },
  waterfall: [],
});

/** A teammate's home and his folder of the cluster. */
function machine() {
  const home = mkdtempSync(join(tmpdir(), "psd-home-"));
  const folder = join(home, "project");
  mkdirSync(join(home, ".ssh"));
  mkdirSync(folder);
  vi.stubEnv("HOME", home);
  return { home, folder };
}
const config = (folder: string) => readFileSync(join(folder, "ssh_config"), "utf8");

afterEach(() => vi.unstubAllEnvs());

describe("a teammate's way to the hosts of a shared cluster", () => {
  it("checks the hosts' own keys from his first connection", async () => {
    const { folder } = machine();
    await prepareAccess(record(), folder, {});
    expect(readFileSync(join(folder, "known_hosts"), "utf8")).toBe("i-0a1 ssh-ed25519 AAAAhost\n");
    expect(config(folder)).toContain("StrictHostKeyChecking yes");
  });

  it("is a key of his own where the nodes took it at boot", async () => {
    const { home, folder } = machine();
    const { public: key } = await newKeyPair();
    writeFileSync(join(home, ".ssh/work.pub"), `${key} bob@mac\n`);
    writeFileSync(join(home, ".ssh/work"), "");
    await prepareAccess(record([`${key} bob`]), folder, {});
    expect(config(folder)).toContain(`IdentityFile "${join(home, ".ssh/work")}"`);
    expect(config(folder)).not.toContain("IdentityAgent none");
    expect(existsSync(join(folder, "instance-connect.json"))).toBe(false);
  });

  it("is a key of this machine that EC2 Instance Connect lets in, where the nodes have none of his", async () => {
    const { folder } = machine();
    await prepareAccess(record(["ssh-ed25519 AAAAsomebodyelses ann"]), folder, {});
    const file = join(folder, "instance_connect_ed25519");
    expect(config(folder)).toContain(`IdentityFile "${file}"`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(folder, "instance-connect.json"), "utf8"))).toEqual({
      region: "eu-central-1",
      publicKey: readFileSync(`${file}.pub`, "utf8").trim(),
      user: "ec2-user",
      nodes: [{ name: "master", instance: "i-0a1", zone: "z" }],
    });
  });

  it("stays the same key when the record has changed", async () => {
    const { folder } = machine();
    await prepareAccess(record(), folder, {});
    const before = readFileSync(join(folder, "instance_connect_ed25519"), "utf8");
    await prepareAccess(record(), folder, {});
    expect(readFileSync(join(folder, "instance_connect_ed25519"), "utf8")).toBe(before);
  });
});

describe("the way of who made the cluster", () => {
  it("is the cluster's own key", async () => {
    const { folder } = machine();
    writeFileSync(join(folder, "id_ed25519"), "");
    await prepareAccess(record(), folder, {});
    expect(config(folder)).toContain(`IdentityFile "${join(folder, "id_ed25519")}"`);
    expect(config(folder)).toContain("IdentityAgent none");
  });

  it("is left alone while the cluster is being made", async () => {
    const { folder } = machine();
    writeFileSync(join(folder, "id_ed25519"), "");
    await prepareAccess(record(undefined, "creating"), folder, {});
    expect(existsSync(join(folder, "known_hosts"))).toBe(false);
  });
});
