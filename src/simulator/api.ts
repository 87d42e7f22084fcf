import { dirname, join } from "node:path";
import { assetPath } from "../assets.js";
import { ExitCode, UserError } from "../errors.js";
import { run } from "../exec/run.js";
import type { SimulatedInstance } from "./instance.js";

/** One call of the simulated AWS, as the request log has it. */
export interface LoggedRequest {
  /** Unix seconds. */
  readonly time: number;
  readonly service: string;
  readonly region: string;
  readonly action: string;
  /** The client's user agent. */
  readonly agent: string;
  /** Form parameters by their names on the wire, or the JSON body. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly status: number;
  readonly milliseconds: number;
  /** The code of the error that was answered. */
  readonly error?: string;
  /** The id of the fault that hit it. */
  readonly fault?: string;
}

/** A fault to inject; what is left out has the defaults of assets/simulator/api/faults.py. */
export interface FaultRequest {
  /** The call, such as CreateFleet; hold: "*" is any. */
  readonly action?: string;
  readonly kind?: "error" | "hang" | "hold" | "body" | "capacity" | "short";
  /** Only calls of clients whose user agent has this in it. */
  readonly agent?: string;
  /** hold: behind the call's effect instead of before it. */
  readonly after?: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly status?: number;
  /** hang: how long. */
  readonly seconds?: number;
  readonly body?: string;
  readonly content_type?: string;
  /** capacity: instance types and zones that are short; none means all. */
  readonly types?: readonly string[];
  readonly zones?: readonly string[];
  /** capacity, short: only launches whose instances get these tags. */
  readonly tags?: Readonly<Record<string, string>>;
  /** short: how many instances a fleet gets at most. */
  readonly count?: number;
  /** Calls that pass first. */
  readonly skip?: number;
  /** Calls that are hit; null: all. */
  readonly times?: number | null;
}

export interface Fault extends FaultRequest {
  readonly id: string;
  /** Calls so far that it could have hit. */
  readonly seen: number;
  /** hold: the call that waits for its release, or did. */
  readonly held: { readonly action: string; readonly agent: string } | null;
}

export interface SimulatorSettings {
  readonly profileDelaySeconds: number;
  readonly terminationSeconds: number;
  readonly vcpuQuota: number;
}

const TIMEOUT_MS = 60_000;

/** The control endpoint of the API server. */
export class ControlClient {
  constructor(readonly endpoint: string) {}

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.endpoint}/simulator/${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const content = (await answer.json()) as T & { readonly error?: string };
    if (answer.ok) return content;
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `The simulator refused: ${content.error ?? answer.statusText}.`,
    });
  }

  instances = () => this.#ask<readonly SimulatedInstance[]>("GET", "instances");
  ended = (instance: string) => this.#ask<unknown>("POST", `instances/${instance}/ended`);
  interrupt = (instance: string, seconds: number) =>
    this.#ask<unknown>("POST", `instances/${instance}/interruption`, { seconds });
  requests = (since: number) => this.#ask<readonly LoggedRequest[]>("GET", `requests?since=${since}`);
  faults = () => this.#ask<readonly Fault[]>("GET", "faults");
  addFault = (fault: FaultRequest) => this.#ask<Fault>("POST", "faults", fault);
  removeFaults = (id?: string) =>
    this.#ask<{ readonly removed: number }>("DELETE", id === undefined ? "faults" : `faults/${id}`);
  /** Lets the call that a fault holds go on, or with `drop` be as if it had never come. */
  release = (id: string, drop: boolean) =>
    this.#ask<{ readonly released: boolean }>("POST", `faults/${id}/release`, { drop });
  /** Everything that there is, as "kind id", whoever made it. */
  resources = () => this.#ask<readonly string[]>("GET", "resources");
  settings = () => this.#ask<SimulatorSettings>("GET", "settings");
  change = (settings: Partial<SimulatorSettings>) =>
    this.#ask<SimulatorSettings>("POST", "settings", settings);
}

export interface ApiRequest {
  /** The folder of programs of its Python environment. */
  readonly programs: string;
  readonly directory: string;
  readonly profileDelaySeconds: number;
  readonly terminationSeconds: number;
  /** ADDRESS:PORT for hosts. */
  readonly also?: string;
  readonly registry?: { readonly address: string; readonly authority: string; readonly password: string };
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

export interface ApiServer {
  readonly endpoint: string;
  /** Rejects when the server has ended. */
  readonly ended: Promise<never>;
}

const PORT = /^\{"port": (\d+)\}$/;

/** Starts the API server as a child, which ends with this process, however that ends. */
export function startApi(request: ApiRequest): Promise<ApiServer> {
  const { programs, directory, also, registry, signal, log } = request;
  const packages = dirname(assetPath("simulator/api"));
  return new Promise((resolve, reject) => {
    const ended: Promise<never> = run(
      {
        file: join(programs, "python"),
        args: [
          ...["-m", "api", "--log", join(directory, "requests.jsonl")],
          ...["--profile-delay", String(request.profileDelaySeconds)],
          ...["--termination-seconds", String(request.terminationSeconds)],
          ...(also === undefined ? [] : ["--also", also]),
          ...(registry ? ["--registry", registry.address, "--authority", registry.authority] : []),
        ],
        env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1" },
        ...(registry && { input: `${registry.password}\n` }),
      },
      {
        signal,
        onLine: (line) => {
          const port = PORT.exec(line)?.[1];
          if (port === undefined) log(line);
          else resolve({ endpoint: `http://127.0.0.1:${port}`, ended });
        },
      },
    ).then(({ stderr }) => {
      throw new Error(`the API server ended: ${stderr.split("\n").slice(-5).join("\n")}`);
    });
    ended.catch(reject);
  });
}
