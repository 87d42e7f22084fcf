import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ContainerSpec, SPARK_UID, SPARK_USER } from "../adapters/docker/container.js";
import type { DockerEngine } from "../adapters/docker/engine.js";
import { httpGet } from "../adapters/http.js";
import { assetPath } from "../assets.js";
import { run } from "../exec/run.js";
import { waitUntil } from "../wait.js";
import { docker } from "./docker.js";
import type { Credentials } from "./metadata.js";
import { REGISTRY_PORT, S3_PORT, simulatorLabels, simulatorObject } from "./names.js";

/** What the services need: they are in the machine's own network, at its address in the simulated VPCs. */
export interface ServiceRequest {
  readonly engine: DockerEngine;
  readonly simulator: string;
  readonly directory: string;
  readonly programs: string;
  readonly address: string;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
}

const READY_SECONDS = 60;

function serviceSpec(request: ServiceRequest, name: string, more: Partial<ContainerSpec>): ContainerSpec {
  return {
    name: simulatorObject(request.simulator, name),
    image: "",
    command: [],
    environment: {},
    labels: simulatorLabels(request.simulator, "service"),
    network: "host",
    mounts: [],
    publish: [],
    restart: false,
    tmpfs: [],
    ...more,
  };
}

export interface RunningRegistry {
  /** ADDRESS:PORT. */
  readonly address: string;
  /** PEM file. */
  readonly authority: string;
  readonly password: string;
}

/** Key, certificate and password of the registry, before it runs. */
export async function prepareRegistry(request: ServiceRequest): Promise<RunningRegistry> {
  const folder = join(request.directory, "registry");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const certify = [assetPath("simulator/certificates.py"), folder, request.address];
  const { exitCode, stderr } = await run({ file: join(request.programs, "python"), args: certify });
  if (exitCode !== 0) throw new Error(`no certificate could be made: ${stderr}`);
  const password = request.credentials.secretAccessKey;
  await writeFile(join(folder, "credentials"), `AWS ${password}\n`, { mode: 0o600 });
  return { address: `${request.address}:${REGISTRY_PORT}`, authority: join(folder, "ca.crt"), password };
}

export async function startRegistry(
  request: ServiceRequest,
  registry: RunningRegistry,
  image: string,
): Promise<void> {
  const data = simulatorObject(request.simulator, "registry");
  await request.engine.createVolume(data, simulatorLabels(request.simulator, "service"));
  const spec = serviceSpec(request, "registry", {
    image,
    command: ["start-registry"],
    environment: { REGISTRY_ADDRESS: registry.address },
    mounts: [
      {
        type: "bind",
        source: join(request.directory, "registry"),
        target: "/etc/simulator-registry",
        readOnly: true,
      },
      { type: "volume", source: data, target: "/var/lib/docker-registry", readOnly: false },
    ],
  });
  await request.engine.runContainer(spec);
  const authority = await readFile(registry.authority, "utf8");
  await answering(request, spec.name, `https://${registry.address}/v2/`, authority);
}

/** Starts the S3 server with the simulator's keys; returns its URL. */
export async function startS3(request: ServiceRequest, image: string): Promise<string> {
  const data = simulatorObject(request.simulator, "s3");
  await request.engine.createVolume(data, simulatorLabels(request.simulator, "service"));
  const url = `http://${request.address}:${S3_PORT}`;
  const properties = {
    "s3proxy.endpoint": url,
    "s3proxy.authorization": "aws-v2-or-v4",
    "s3proxy.identity": request.credentials.accessKeyId,
    "s3proxy.credential": request.credentials.secretAccessKey,
    // Hosts send the session token of their instance profile.
    "s3proxy.ignore-unknown-headers": "true",
    "jclouds.provider": "filesystem-nio2",
    "jclouds.filesystem.basedir": "/data",
  };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  const spec = serviceSpec(request, "s3", {
    image,
    command: ["start-s3"],
    user: SPARK_USER,
    mounts: [{ type: "volume", source: data, target: "/data", readOnly: false }],
  });
  await request.engine.createContainer(spec);
  const file = { path: "s3proxy.properties", content: lines.join(""), mode: 0o400, uid: SPARK_UID };
  await request.engine.putFiles(spec.name, "/etc/s3proxy", [file]);
  await request.engine.start(spec.name);
  await answering(request, spec.name, url);
  return url;
}

async function answering(
  request: ServiceRequest,
  container: string,
  url: string,
  authority?: string,
): Promise<void> {
  await waitUntil({
    description: `${container} to answer at ${url}`,
    timeoutSeconds: READY_SECONDS,
    signal: request.signal,
    probe: async () => {
      const answer = await httpGet(url, authority);
      if (answer) return { done: true, value: undefined };
      const state = await docker(["inspect", "--format", "{{.State.Status}}", container]);
      if (state === "exited") throw new Error(await request.engine.logTail(container, 20));
      return { done: false, seen: state };
    },
  });
}
