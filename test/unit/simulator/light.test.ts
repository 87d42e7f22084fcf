import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { lightHostArguments } from "../../../src/simulator/host-container.js";
import { LightEngine } from "../../../src/simulator/light-engine.js";
import { lightMaster } from "../../../src/simulator/light-master.js";
import { lightSeed } from "../../../src/simulator/light-seed.js";
import { hostMetadata } from "../../../src/simulator/metadata.js";
import { answerMetadata } from "../../../src/simulator/metadata-service.js";
import { instance } from "./instance.js";

const IMAGE = "10.77.255.254:5000/p@sha256:1";

const engineWith = () =>
  new LightEngine(async (reference) => (reference === IMAGE ? { Id: "sha256:1" } : undefined));

const ask = (engine: LightEngine, call: string, body?: unknown) => {
  const [method = "", target = ""] = call.split(" ");
  const url = new URL(target, "http://docker");
  return engine.answer({ method, path: url.pathname, query: url.searchParams, body });
};

const container = (role: string, more: object = {}) => ({
  Image: IMAGE,
  Labels: { "pyspark-deploy:cluster-id": "c1", "pyspark-deploy:role": role },
  HostConfig: { ExtraHosts: ["master:10.77.0.4"] },
  ...more,
});

async function nodeWith(role: string, Cmd: readonly string[] = []) {
  const engine = engineWith();
  await ask(engine, `POST /images/create?fromImage=10.77.255.254:5000/p&tag=sha256:1`);
  await ask(engine, `POST /containers/create?name=${role}`, container(role, { Cmd }));
  return engine;
}

describe("the engine of a light host", () => {
  it("has an image once it was pulled, and none that nobody pushed", async () => {
    const engine = engineWith();
    expect((await ask(engine, `GET /images/${IMAGE}/json`)).status).toBe(404);
    await ask(engine, `POST /images/create?fromImage=10.77.255.254:5000/p&tag=sha256:1`);
    expect(await ask(engine, `GET /images/${IMAGE}/json`)).toEqual({ status: 200, body: { Id: "sha256:1" } });
    expect((await ask(engine, `POST /images/create?fromImage=other&tag=latest`)).status).toBe(404);
  });

  it("makes no container of an image that is not there, and none twice", async () => {
    expect((await ask(engineWith(), "POST /containers/create?name=w", container("worker"))).status).toBe(404);
    const engine = await nodeWith("worker");
    expect((await ask(engine, "POST /containers/create?name=worker", container("worker"))).status).toBe(409);
  });

  it.each([
    ["start", true, 0],
    ["kill?signal=PWR", false, 0],
    ["kill?signal=KILL", false, 137],
    ["stop", false, 143],
  ])("after %s says how its container is", async (action, running, exitCode) => {
    const engine = await nodeWith("worker");
    await ask(engine, "POST /containers/worker/start");
    await ask(engine, `POST /containers/worker/${action}`);
    const { body } = await ask(engine, "GET /containers/worker/json");
    expect(body).toMatchObject({ State: { Running: running, ExitCode: exitCode } });
  });

  it("lists containers by label, ended ones only when asked", async () => {
    const engine = await nodeWith("worker");
    const names = async (query: string) => (await ask(engine, `GET /containers/json?${query}`)).body;
    const filters = (label: string) =>
      `filters=${encodeURIComponent(JSON.stringify({ label: { [label]: true } }))}`;
    expect(await names("")).toEqual([]);
    expect(await names(`all=1&${filters("pyspark-deploy:cluster-id=c1")}`)).toHaveLength(1);
    expect(await names(`all=1&${filters("pyspark-deploy:cluster-id=c2")}`)).toEqual([]);
    await ask(engine, "DELETE /containers/worker?force=1");
    expect(await names("all=1")).toEqual([]);
  });
});

describe("the master's UI of a light host", () => {
  const words = ["start-worker", "--host", "10.77.0.5", "--cores", "2", "--memory", "3g"];

  it("shows the workers that were started for it, with what they offer", async () => {
    const [master, worker] = [await nodeWith("master"), await nodeWith("worker", words)];
    const nodes = () => [
      { address: "10.77.0.4", containers: master.containers() },
      { address: "10.77.0.5", containers: worker.containers() },
    ];
    expect(lightMaster("10.77.0.4", nodes())).toBeUndefined();
    await ask(master, "POST /containers/master/start");
    expect(lightMaster("10.77.0.4", nodes())).toMatchObject({ workers: [] });
    await ask(worker, "POST /containers/worker/start");
    expect(lightMaster("10.77.0.4", nodes())).toMatchObject({
      workers: [{ host: "10.77.0.5", cores: 2, memory: 3072, state: "ALIVE" }],
    });
    expect(lightMaster("10.77.0.5", nodes())).toBeUndefined();
  });
});

describe("the boot of a light host", () => {
  const mime = [
    'Content-Type: multipart/mixed; boundary="X"\nMIME-Version: 1.0\n\n',
    '--X\nContent-Type: text/cloud-boothook; charset="utf-8"\n\n#!/bin/bash\n\necho one\n',
    '--X\nContent-Type: text/cloud-config\n\n#cloud-config\n{"ssh_keys": {"ed25519_private": "s", "ed25519_public": "p"}}\n',
    "--X--\n",
  ].join("");

  it.each([
    ["compressed", gzipSync(mime)],
    ["plain", Buffer.from(mime)],
  ])("does what %s user data says", (_, bytes) => {
    const seed = lightSeed(bytes.toString("base64"));
    expect(seed).toEqual({
      hooks: ["#!/bin/bash\n\necho one\n"],
      hostKey: { private: "s", public: "p" },
    });
  });

  it("runs a script, and does nothing without user data", () => {
    expect(lightSeed(Buffer.from("#!/bin/sh\ntrue\n").toString("base64")).hooks).toHaveLength(1);
    expect(lightSeed("")).toEqual({ hooks: [], hostKey: undefined });
  });

  it("has no right that a container does not have", () => {
    const line = lightHostArguments({
      simulator: "abc",
      image: "host-image",
      instance: instance(),
      network: "net",
      address: "10.77.0.4",
      directory: "/state/hosts/i-0",
      registry: { address: "10.77.255.254:5000", authority: "/state/ca.crt" },
    }).join(" ");
    expect(line).toContain("--network net --ip 10.77.0.4");
    expect(line).not.toMatch(/--privileged|--cap-add|--device/);
  });
});

describe("the metadata service of light hosts", () => {
  const data = hostMetadata(instance(), { accessKeyId: "AK", secretAccessKey: "SK" });
  const get = (path: string, token?: string) => answerMetadata(data, { method: "GET", path, token });
  const { text } = answerMetadata(data, { method: "PUT", path: "/latest/api/token", ttl: "60" });
  const token = String(text);

  it("answers with a token alone", () => {
    expect(get("/latest/meta-data/local-ipv4").status).toBe(401);
    expect(get("/latest/meta-data/local-ipv4", "wrong").status).toBe(401);
    expect(get("/latest/meta-data/local-ipv4", token)).toEqual({ status: 200, text: "10.77.0.4" });
    expect(answerMetadata(data, { method: "PUT", path: "/latest/api/token", ttl: "0" }).status).toBe(400);
  });

  it("gives the profile's credentials, and folders", () => {
    expect(get("/latest/meta-data/iam/security-credentials/", token).text).toBe("nodes");
    expect(get("/latest/meta-data/iam/security-credentials/nodes", token).text).toContain("SK");
    expect(get("/latest/none", token).status).toBe(404);
  });
});
