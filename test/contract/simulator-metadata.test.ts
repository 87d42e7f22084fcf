import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hostMetadata } from "../../src/simulator/metadata.js";
import { instance } from "../unit/simulator/instance.js";

const program = new URL("../../assets/simulator/host/bin/imds", import.meta.url).pathname;
const file = join(mkdtempSync(join(tmpdir(), "psd-imds-")), "metadata.json");
const credentials = { accessKeyId: "AKIA", secretAccessKey: "secret" };
let service: ChildProcess;
let base: string;

const describeAs = (more: Parameters<typeof instance>[0]) =>
  writeFileSync(file, JSON.stringify(hostMetadata(instance(more), credentials)));

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const token = (ttl = "60") =>
  fetch(`${base}/latest/api/token`, {
    method: "PUT",
    headers: { "X-aws-ec2-metadata-token-ttl-seconds": ttl },
  });

async function read(path: string, given?: string) {
  const used = given ?? (await (await token()).text());
  const answer = await fetch(`${base}/latest/${path}`, { headers: { "X-aws-ec2-metadata-token": used } });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}

const text = async (path: string) => (await read(path)).body.toString();

beforeAll(async () => {
  describeAs({});
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  service = spawn("python3", [program, "127.0.0.1", String(port), file]);
  await vi.waitFor(async () => expect((await token()).ok).toBe(true), { timeout: 10_000 });
});

afterAll(() => {
  service.kill();
});

describe("the metadata service of a host", () => {
  it("refuses a request without a token, and one with a wrong token", async () => {
    expect((await fetch(`${base}/latest/meta-data/`)).status).toBe(401);
    expect((await read("meta-data/", "wrong")).status).toBe(401);
  });

  it.each(["", "0", "21601", "soon"])('gives no token for "%s" seconds', async (ttl) => {
    expect((await token(ttl)).status).toBe(400);
  });

  it("answers without a token where the instance allows it", async () => {
    describeAs({ metadata: { tokens: "optional", endpoint: "enabled", tags: "enabled" } });
    expect((await fetch(`${base}/latest/meta-data/instance-id`)).status).toBe(200);
    describeAs({});
  });

  it("lists folders as AWS does, and has nothing elsewhere", async () => {
    expect((await text("meta-data/")).split("\n")).toContain("placement/");
    expect(await text("meta-data/placement/")).toBe("availability-zone\nregion");
    expect((await read("meta-data/spot/instance-action")).status).toBe(404);
    expect((await read("nothing")).status).toBe(404);
  });

  it("has the user data byte for byte", async () => {
    expect([...(await read("user-data")).body]).toEqual([0x1f, 0x8b, 0xff]);
  });

  it("gives the profile's role fresh credentials", async () => {
    expect(await text("meta-data/iam/security-credentials/")).toBe("nodes");
    const given = JSON.parse(await text("meta-data/iam/security-credentials/nodes")) as Record<
      string,
      string
    >;
    expect(given).toMatchObject({ Code: "Success", AccessKeyId: "AKIA", SecretAccessKey: "secret" });
    expect(Date.parse(given.Expiration ?? "")).toBeGreaterThan(Date.now());
  });

  it("says at once what has changed: an interruption", async () => {
    describeAs({ interruption: { action: "terminate", time: "2026-01-02T03:04:05Z" } });
    expect(await text("meta-data/spot/termination-time")).toBe("2026-01-02T03:04:05Z");
    describeAs({});
  });
});
