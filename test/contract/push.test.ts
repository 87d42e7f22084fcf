import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { DockerEngine } from "../../src/adapters/docker/engine.js";
import { Registry } from "../support/registry.js";

const LOGIN = { username: "AWS", password: `token-${randomBytes(8).toString("hex")}` };
const run = `psd-push-${process.pid}`;
let registry: Registry;
let tagged: string;
let usersConfig: string;

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const push = (engine = new DockerEngine()) =>
  engine.push(tagged, () => {}, { registry: registry.address, ...LOGIN });

beforeAll(async () => {
  registry = await Registry.start(LOGIN);
  tagged = `${registry.address}/pyspark-deploy/flights:${run}`;
  const context = mkdtempSync(join(tmpdir(), "psd-push-"));
  writeFileSync(join(context, "file"), run);
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY file /file\n");
  docker("build", "--tag", tagged, context);
});
afterEach(() => void vi.unstubAllEnvs());
beforeEach(() => {
  usersConfig = mkdtempSync(join(tmpdir(), "psd-docker-config-"));
  vi.stubEnv("DOCKER_CONFIG", usersConfig);
  vi.stubEnv("TMPDIR", mkdtempSync(join(tmpdir(), "psd-tmp-")));
});
afterAll(() => {
  registry.stop();
  docker("image", "rm", "--force", tagged);
});

describe("a push", () => {
  it("with a password of its own returns the digest in the registry, and leaves the user's config as it was", async () => {
    const digest = await push();
    expect(digest).toBe(registry.tags.get(`pyspark-deploy/flights:${run}`));
    expect(readdirSync(usersConfig)).toEqual([]);
    expect(readdirSync(tmpdir())).toEqual([]);
  });

  it("again sends nothing that the registry has", async () => {
    await push();
    const before = registry.uploads;
    await push();
    expect(registry.uploads).toBe(before);
  });

  it("goes to the engine of the user's context", async () => {
    const host = process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
    vi.stubEnv("DOCKER_HOST", undefined);
    docker("context", "create", "theirs", "--docker", `host=${host}`);
    docker("context", "use", "theirs");
    expect(await push()).toMatch(/^sha256:/);
    docker("context", "update", "theirs", "--docker", "host=unix:///nonexistent.sock");
    await expect(push()).rejects.toMatchObject({ exitCode: 3 });
  });

  it("without a login says how to log in", async () => {
    await expect(new DockerEngine().push(tagged, () => {})).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(registry.address),
      hint: expect.stringContaining(`docker login ${registry.address}`),
    });
  });

  it("with a login of the user's own needs no other", async () => {
    const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64");
    const file = join(usersConfig, "config.json");
    writeFileSync(file, JSON.stringify({ auths: { [registry.address]: { auth } } }));
    const content = readFileSync(file, "utf8");
    expect(await new DockerEngine().push(tagged, () => {})).toMatch(/^sha256:/);
    expect(readFileSync(file, "utf8")).toBe(content);
  });
});
