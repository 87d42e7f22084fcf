import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { run } from "../exec/run.js";
import { docker } from "./docker.js";
import { hostContainer } from "./host-container.js";
import type { SimulatedInstance } from "./instance.js";
import { LightEngine } from "./light-engine.js";
import { isMaster, lightMaster } from "./light-master.js";
import { lightSeed } from "./light-seed.js";
import { type Credentials, hostMetadata } from "./metadata.js";
import { answerMetadata } from "./metadata-service.js";

/** Where light hosts find the metadata service, which for all of them is one. */
export const METADATA_PORT = 4567;
const UI_PORT = "8080";

interface LightHost {
  instance: SimulatedInstance;
  readonly engine: LightEngine;
  readonly servers: readonly Server[];
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text.startsWith("{") ? JSON.parse(text) : undefined;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const content = Buffer.isBuffer(body) ? body : body === "" ? "" : JSON.stringify(body);
  const headers = { "Api-Version": "1.41", OSType: "linux", "Content-Type": "application/json" };
  response.writeHead(status, headers).end(content);
}

/** A server whose answer may fail without ending this process. */
const serve = (answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Server =>
  createServer((request, response) => {
    answer(request, response).catch((error: unknown) => send(response, 500, { message: String(error) }));
  });

const listening = (server: Server, where: string | { port: number; host: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => resolve());
  });

/**
 * What stands around all light hosts, in this one process: their Docker engines, their metadata service, and the UI of
 * Spark's master. The hosts themselves have sshd and nothing else.
 */
export class LightHosts {
  readonly #hosts = new Map<string, LightHost>();
  readonly #images = new Map<string, Promise<unknown>>();
  readonly #metadata = serve(async (request, response) => this.#answerMetadata(request, response));

  constructor(
    private readonly simulator: string,
    private readonly credentials: Credentials,
    private readonly log: (line: string) => void,
  ) {}

  /** Starts the metadata service at an address that hosts reach. */
  async start(address: string): Promise<void> {
    await listening(this.#metadata, { port: METADATA_PORT, host: address });
  }

  stop(): void {
    for (const server of [this.#metadata, ...[...this.#hosts.values()].flatMap(({ servers }) => servers)]) {
      server.close();
      server.closeAllConnections();
    }
  }

  /** Writes what a host boots from to its folder, and starts its Docker engine. */
  async prepare(instance: SimulatedInstance, directory: string): Promise<void> {
    await this.remove(instance.id);
    const seed = join(directory, "metadata", "light");
    const { hooks, hostKey } = lightSeed(instance.userData);
    await mkdir(seed, { recursive: true, mode: 0o700 });
    const files = {
      ...Object.fromEntries(hooks.map((hook, at) => [`hook-${at}`, hook])),
      ...(hostKey && { "host-key": hostKey.private, "host-key.pub": `${hostKey.public}\n` }),
      authorized_keys: instance.key === null ? "" : `${instance.key}\n`,
    };
    for (const [name, content] of Object.entries(files))
      await writeFile(join(seed, name), content, { mode: 0o600 });
    const sockets = join(directory, "run");
    await rm(sockets, { recursive: true, force: true });
    await mkdir(sockets, { mode: 0o755 });
    const engine = new LightEngine(
      (reference) => this.#image(reference),
      (container) => {
        if (isMaster(container)) this.#showUi(instance.id);
      },
    );
    const servers = [
      serve((request, response) => this.#answerEngine(engine, request, response)),
      serve(async (_, response) => this.#answerUi(instance, response)),
    ] as const;
    for (const [at, name] of [
      [0, "docker.sock"],
      [1, "ui.sock"],
    ] as const) {
      await listening(servers[at], join(sockets, name));
      await chmod(join(sockets, name), 0o666);
    }
    this.#hosts.set(instance.id, { instance, engine, servers });
  }

  describe(instance: SimulatedInstance): void {
    const host = this.#hosts.get(instance.id);
    if (host) host.instance = instance;
  }

  async remove(instance: string): Promise<void> {
    for (const server of this.#hosts.get(instance)?.servers ?? []) {
      server.close();
      server.closeAllConnections();
    }
    this.#hosts.delete(instance);
  }

  /** What this machine's own engine knows of an image that was pushed from here. */
  #image(reference: string): Promise<unknown> {
    const known = this.#images.get(reference);
    if (known) return known;
    const found = run({
      file: "docker",
      args: ["image", "inspect", "--format", "{{json .}}", reference],
    }).then(({ exitCode, stdout }) => (exitCode === 0 ? (JSON.parse(stdout) as unknown) : undefined));
    this.#images.set(reference, found);
    // One that is not here yet may be pushed later.
    found.then(
      (image) => image === undefined && this.#images.delete(reference),
      () => this.#images.delete(reference),
    );
    return found;
  }

  async #answerEngine(engine: LightEngine, request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? "/", "http://docker");
    const answer = await engine.answer({
      method: request.method ?? "GET",
      path: url.pathname.replace(/^\/v\d+\.\d+/, ""),
      query: url.searchParams,
      body: await bodyOf(request),
    });
    send(response, answer.status, answer.body);
  }

  #answerUi({ privateIp }: SimulatedInstance, response: ServerResponse): void {
    const nodes = [...this.#hosts.values()].map(({ instance, engine }) => ({
      address: instance.privateIp ?? "",
      containers: engine.containers(),
    }));
    const state = lightMaster(privateIp ?? "", nodes);
    send(response, state === undefined ? 503 : 200, state ?? { message: "No master runs here" });
  }

  #answerMetadata(request: IncomingMessage, response: ServerResponse): void {
    const address = request.socket.remoteAddress?.replace("::ffff:", "");
    const host = [...this.#hosts.values()].find(({ instance }) => instance.privateIp === address);
    const { status, text } = host
      ? answerMetadata(hostMetadata(host.instance, this.credentials), {
          method: request.method ?? "GET",
          path: request.url ?? "/",
          ttl: request.headers["x-aws-ec2-metadata-token-ttl-seconds"]?.toString(),
          token: request.headers["x-aws-ec2-metadata-token"]?.toString(),
        })
      : { status: 404, text: "" };
    response.writeHead(status, { "Content-Type": "text/plain" }).end(text);
  }

  /** Leads the port of the master's UI in the host to this process. */
  #showUi(instance: string): void {
    const words = ["exec", "--detach", hostContainer(this.simulator, instance), "light-relay", UI_PORT];
    docker([...words, "/run/simulator/ui.sock"]).catch((error: unknown) => this.log(String(error)));
  }
}
