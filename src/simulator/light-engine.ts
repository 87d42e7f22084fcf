import { randomBytes } from "node:crypto";

/** An answer of Docker's API. */
export interface EngineAnswer {
  readonly status: number;
  /** What is no buffer becomes JSON. */
  readonly body: unknown;
}

export interface EngineRequest {
  readonly method: string;
  /** Without the version that it begins with: "/containers/json". */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed JSON. */
  readonly body: unknown;
}

interface ContainerBody {
  readonly Image: string;
  readonly Cmd?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly HostConfig?: { readonly ExtraHosts?: readonly string[] | null };
}

/** A container that runs nothing. */
export interface LightContainer {
  readonly id: string;
  readonly name: string;
  readonly body: ContainerBody;
  readonly running: boolean;
  readonly exitCode: number;
  readonly started: string;
  readonly finished: string;
}

const NEVER = "0001-01-01T00:00:00Z";
/** 128 + the number of the signal, as a shell says it. */
const EXIT_CODES: Readonly<Record<string, number>> = { KILL: 137, TERM: 143, PWR: 0 };

const missing = (what: string): EngineAnswer => ({ status: 404, body: { message: `No such ${what}` } });
const done: EngineAnswer = { status: 204, body: "" };

/** A frame of a log: stdout, its length, its text. */
function logFrame(text: string): Buffer {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

function inspection({ id, name, body, running, exitCode, started, finished }: LightContainer): unknown {
  return {
    Id: id,
    Name: `/${name}`,
    Image: body.Image,
    Created: started,
    RestartCount: 0,
    Config: { ...body, HostConfig: undefined, Labels: body.Labels ?? {}, Tty: false },
    HostConfig: body.HostConfig ?? {},
    State: {
      Status: running ? "running" : "exited",
      Running: running,
      Restarting: false,
      OOMKilled: false,
      ExitCode: exitCode,
      StartedAt: started,
      FinishedAt: finished,
    },
    NetworkSettings: { Ports: {} },
    Mounts: [],
  };
}

function listed({ id, name, body, running, exitCode }: LightContainer): unknown {
  return {
    Id: id,
    Names: [`/${name}`],
    Image: body.Image,
    Command: (body.Cmd ?? []).join(" "),
    Created: 0,
    Labels: body.Labels ?? {},
    State: running ? "running" : "exited",
    Status: running ? "Up" : `Exited (${exitCode})`,
    Ports: [],
  };
}

/** Docker's filters on labels: {"label": {"key=value": true}}, or a list of the same. */
function labelsOf(filters: string | null): string[] {
  const { label = [] } = JSON.parse(filters || "{}") as { label?: Record<string, boolean> | string[] };
  return Array.isArray(label) ? label : Object.keys(label);
}

/** The Docker engine of a light host: it remembers images and containers, and runs nothing. */
export class LightEngine {
  readonly #containers = new Map<string, LightContainer>();
  readonly #images = new Map<string, unknown>();

  /** `lookUp` gives the inspection of an image that can be pulled; `changed` hears of containers that start or end. */
  constructor(
    private readonly lookUp: (reference: string) => Promise<unknown>,
    private readonly changed: (container: LightContainer) => void = () => {},
  ) {}

  containers(): readonly LightContainer[] {
    return [...this.#containers.values()];
  }

  async answer({ method, path, query, body }: EngineRequest): Promise<EngineAnswer> {
    const call = `${method} ${path}`;
    if (path === "/_ping") return { status: 200, body: Buffer.from("OK") };
    if (path === "/version")
      return { status: 200, body: { Version: "20.10.0", ApiVersion: "1.41", Os: "linux", Arch: "amd64" } };
    if (path === "/info")
      return { status: 200, body: { OSType: "linux", Architecture: "x86_64", ServerVersion: "20.10.0" } };
    if (call === "POST /images/create") return this.#pull(query);
    if (call === "GET /containers/json") return this.#list(query);
    if (call === "POST /containers/create")
      return this.#create(query.get("name") ?? "", body as ContainerBody);
    const image = /^\/images\/(.+)\/json$/.exec(path)?.[1];
    if (image !== undefined) {
      const known = this.#images.get(decodeURIComponent(image));
      return known === undefined ? missing(`image: ${image}`) : { status: 200, body: known };
    }
    const [, wanted, action = ""] = /^\/containers\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    if (wanted === undefined) return { status: 404, body: { message: "page not found" } };
    const container = this.#find(wanted);
    return container ? this.#act(container, method, action, query) : missing(`container: ${wanted}`);
  }

  #find(wanted: string): LightContainer | undefined {
    return this.#containers.get(wanted) ?? this.containers().find(({ id }) => id.startsWith(wanted));
  }

  async #pull(query: URLSearchParams): Promise<EngineAnswer> {
    const [name = "", tag = ""] = [query.get("fromImage") ?? "", query.get("tag") ?? ""];
    const reference = tag === "" ? name : `${name}${tag.includes(":") ? "@" : ":"}${tag}`;
    const found = await this.lookUp(reference);
    if (found === undefined) return { status: 404, body: { message: `manifest unknown: ${reference}` } };
    this.#images.set(reference, found);
    const lines = ["Pull complete", "Digest: known"].map((status) => `${JSON.stringify({ status })}\r\n`);
    return { status: 200, body: Buffer.from(lines.join("")) };
  }

  #list(query: URLSearchParams): EngineAnswer {
    const wanted = labelsOf(query.get("filters"));
    const all = ["1", "true"].includes(query.get("all") ?? "");
    const found = this.containers().filter(
      ({ running, body }) =>
        (all || running) &&
        wanted.every((label) => {
          const [key = "", value] = label.split("=");
          const has = body.Labels?.[key];
          return value === undefined ? has !== undefined : has === value;
        }),
    );
    return { status: 200, body: found.map(listed) };
  }

  #create(name: string, body: ContainerBody): EngineAnswer {
    if (this.#containers.has(name))
      return { status: 409, body: { message: `The container name "/${name}" is already in use` } };
    if (!this.#images.has(body.Image)) return missing(`image: ${body.Image}`);
    const id = randomBytes(32).toString("hex");
    this.#set({ id, name, body, running: false, exitCode: 0, started: NEVER, finished: NEVER });
    return { status: 201, body: { Id: id, Warnings: [] } };
  }

  #set(container: LightContainer): void {
    this.#containers.set(container.name, container);
    this.changed(container);
  }

  #act(container: LightContainer, method: string, action: string, query: URLSearchParams): EngineAnswer {
    const now = new Date().toISOString();
    switch (`${method} ${action}`) {
      case "GET json":
        return { status: 200, body: inspection(container) };
      case "GET logs":
        return { status: 200, body: logFrame("A light host runs nothing.\n") };
      case "POST start":
        if (!container.running) this.#set({ ...container, running: true, exitCode: 0, started: now });
        return done;
      case "POST stop":
      case "POST kill": {
        const signal = (query.get("signal") ?? (action === "stop" ? "TERM" : "KILL")).replace(/^SIG/, "");
        const exitCode = EXIT_CODES[signal] ?? 0;
        if (container.running) this.#set({ ...container, running: false, exitCode, finished: now });
        return done;
      }
      case "DELETE ":
        this.#containers.delete(container.name);
        this.changed({ ...container, running: false });
        return done;
      default:
        return { status: 501, body: { message: `A light host can't ${method} ${action}` } };
    }
  }
}
