import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ContainerSpec } from "../../src/adapters/docker/container.js";
import { DockerEngine } from "../../src/adapters/docker/engine.js";
import { hostSystem } from "../../src/host.js";
import { fixFor } from "../../src/plan/fixes.js";

const engine = new DockerEngine();
const run = `psd-contract-${randomBytes(4).toString("hex")}`;
const labels = { "pyspark-deploy:test": run };
const from = process.env.PYSPARK_DEPLOY_BASE_FROM ?? "debian:trixie-slim";
const tag = `localhost/pyspark-deploy/contract:${run}`;

/** A Debian with a stand-in for tini, through which every container of ours starts. */
async function build(dockerfile: string, reference = tag): Promise<string[]> {
  const context = mkdtempSync(join(tmpdir(), "psd-contract-"));
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  const lines: string[] = [];
  await engine.build(
    {
      context,
      dockerfile: join(context, "Dockerfile"),
      tags: [reference],
      arguments: {},
      labels,
      failureHint: "mend it",
    },
    (line) => lines.push(line),
  );
  return lines;
}

const TINI = `FROM ${from}\nRUN printf '#!/bin/sh\\nshift 2\\nexec "$@"\\n' > /usr/bin/tini && chmod +x /usr/bin/tini\n`;

function spec(name: string, command: readonly string[]): ContainerSpec {
  return {
    name: `${run}-${name}`,
    image: tag,
    command,
    environment: { GREETING: "hello world" },
    labels,
    network: "none",
    mounts: [],
    publish: [],
    restart: false,
    tmpfs: [],
  };
}

afterAll(async () => {
  await engine.remove("container", await engine.list("container", labels));
  execFileSync("docker", ["image", "rm", "--force", tag]);
});

describe("the Docker engine", () => {
  it("says what it has", async () => {
    const facts = await engine.facts();
    expect(facts.cores).toBeGreaterThan(0);
    expect(facts.memoryBytes).toBeGreaterThan(2 ** 30);
  });

  it("builds, and tells every line of it", async () => {
    expect((await build(TINI)).length).toBeGreaterThan(0);
    expect(await engine.image(tag)).toMatchObject({ labels });
  });

  it("says which step of a build failed, and what mends it, and leaves no container of it", async () => {
    const failing = build(`${TINI}RUN echo so-far ${run} && exit 3\n`, `${tag}-bad`);
    await expect(failing).rejects.toMatchObject({
      exitCode: 2,
      hint: "mend it",
      output: expect.stringContaining("so-far"),
    });
    const commands = execFileSync("docker", ["ps", "--all", "--no-trunc", "--format", "{{.Command}}"]);
    expect(commands.toString()).not.toContain(`so-far ${run}`);
  });

  it("does not know an image that is not there", async () => {
    expect(await engine.image("localhost/pyspark-deploy/none:none")).toBeUndefined();
  });

  it("tells of several images which ones it has", async () => {
    const found = await engine.images(["localhost/pyspark-deploy/none:none", tag]);
    expect([...found.keys()]).toContain(tag);
    expect(found.get(tag)?.parityKey).toBe((await engine.image(tag))?.parityKey);
    expect(found.has("localhost/pyspark-deploy/none:none")).toBe(false);
  });

  it("knows an image by the same parity key after it has travelled", async () => {
    const before = await engine.image(tag);
    const file = join(mkdtempSync(join(tmpdir(), "psd-contract-")), "image.tar");
    execFileSync("docker", ["save", "--output", file, tag]);
    execFileSync("docker", ["image", "rm", "--force", tag]);
    execFileSync("docker", ["load", "--input", file]);
    expect((await engine.image(tag))?.parityKey).toBe(before?.parityKey);
  });
});

describe("a container", () => {
  it("gets files before it starts, with owner and mode, and its environment", async () => {
    const name = await engine.createContainer(
      spec("files", ["sh", "-c", 'stat -c "%u %a" /opt/in/secret; cat /opt/in/secret; echo "$GREETING"']),
    );
    await engine.putFiles(name, "/opt", [{ path: "in/secret", content: "naïve\n", mode: 0o400, uid: 1000 }]);
    await engine.start(name);
    expect(await engine.wait(name)).toBe(0);
    expect(await engine.logTail(name, 10)).toBe("1000 400\nnaïve\nhello world");
  });

  it("that ends returns its exit code, and is found by its labels", async () => {
    const name = await engine.runContainer(spec("code", ["sh", "-c", "exit 9"]));
    expect(await engine.wait(name)).toBe(9);
    expect((await engine.containers(labels)).find(({ id }) => id === name)).toMatchObject({
      running: false,
      exitCode: 9,
    });
  });

  it("that is removed twice is no error", async () => {
    await engine.remove("container", [`${run}-code`]);
    await engine.remove("container", [`${run}-code`]);
    expect(await engine.container(`${run}-code`)).toBeUndefined();
  });
});

describe("no Docker engine", () => {
  it("is told as such, with what to start", async () => {
    const nowhere = new DockerEngine("unix:///nonexistent.sock");
    await expect(nowhere.facts()).rejects.toMatchObject({
      exitCode: 3,
      message: "No Docker engine answers.",
      hint: fixFor("docker-stopped", hostSystem()),
    });
  });
});
