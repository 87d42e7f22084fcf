import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/**
 * The part of a registry that `docker push` needs, in memory, on the loopback interface, where engines ask for no TLS:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export class Registry {
  readonly blobs = new Map<string, Buffer>();
  /** Digest by "repository:tag". */
  readonly tags = new Map<string, string>();
  /** How many layers and configs travelled here. */
  uploads = 0;
  readonly #parts = new Map<string, Buffer>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.writeHead(500).end());
  });

  private constructor(private readonly login: { readonly username: string; readonly password: string }) {}

  static async start(login: { readonly username: string; readonly password: string }): Promise<Registry> {
    const registry = new Registry(login);
    await new Promise<void>((ready) => registry.#server.listen(0, "127.0.0.1", ready));
    return registry;
  }

  /** Host and port. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { method = "", url = "", headers } = request;
    const { username, password } = this.login;
    const expected = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const say = (status: number, more: Record<string, string> = {}) => response.writeHead(status, more).end();
    if (headers.authorization !== expected)
      return void say(401, { "www-authenticate": 'Basic realm="test"' });
    const { pathname, searchParams } = new URL(url, `http://${this.address}`);
    const [, repository = "", kind = "", name = ""] =
      /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/(.*)$/.exec(pathname) ?? [];

    if (pathname === "/v2/") return void say(200);
    if (kind === "blobs/uploads") {
      const id = method === "POST" ? randomUUID() : name;
      const stored = Buffer.concat([this.#parts.get(id) ?? Buffer.alloc(0), body]);
      this.#parts.set(id, stored);
      const digest = searchParams.get("digest");
      const location = `/v2/${repository}/blobs/uploads/${id}`;
      if (method !== "PUT" || digest === null)
        return void say(202, {
          location,
          range: `0-${Math.max(0, stored.length - 1)}`,
          "docker-upload-uuid": id,
        });
      this.blobs.set(digest, stored);
      this.uploads += 1;
      return void say(201, {
        location: `/v2/${repository}/blobs/${digest}`,
        "docker-content-digest": digest,
      });
    }
    if (kind === "manifests" && method === "PUT") {
      const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
      this.blobs.set(digest, body);
      this.tags.set(`${repository}:${name}`, digest);
      return void say(201, { "docker-content-digest": digest, location: pathname });
    }
    const found = this.blobs.get(this.tags.get(`${repository}:${name}`) ?? name);
    return void say(
      found ? 200 : 404,
      found && { "content-length": String(found.length), "docker-content-digest": name },
    );
  }
}
