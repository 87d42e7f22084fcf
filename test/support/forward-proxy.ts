import { createServer, request as httpRequest, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface Proxied {
  /** Address of who asked. */
  readonly from: string;
  /** CONNECT for TLS, else the request's own. */
  readonly method: string;
  /** "host:port" */
  readonly to: string;
}

/** An HTTP proxy as companies have one, which remembers what went through it. */
export class ForwardProxy {
  readonly seen: Proxied[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(private readonly address: string) {
    this.#server = createServer((request, response) => {
      const target = new URL(request.url ?? "", "http://invalid");
      this.#note(request.socket, request.method ?? "", target.host);
      const { "proxy-connection": _, expect: __, ...headers } = request.headers;
      const onward = httpRequest(target, { method: request.method ?? "GET", headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.once("error", () => response.destroy());
      request.pipe(onward);
    });
    this.#server.on("connect", (request, socket: Socket) => {
      const to = request.url ?? "";
      this.#note(socket, "CONNECT", to);
      const [host = "", port = "443"] = to.split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        onward.pipe(socket);
        socket.pipe(onward);
      });
      for (const one of [onward, socket]) one.on("error", () => [onward, socket].map((end) => end.destroy()));
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(address: string): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(address);
    await new Promise<void>((ready) => proxy.#server.listen(0, address, ready));
    return proxy;
  }

  get url(): string {
    return `http://${this.address}:${(this.#server.address() as AddressInfo).port}`;
  }

  #note(socket: Socket, method: string, to: string): void {
    this.seen.push({ from: socket.remoteAddress?.replace(/^::ffff:/, "") ?? "", method, to });
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
