import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pythonEnvironment } from "../../src/adapters/python-environment.js";
import { assetPath } from "../../src/assets.js";

export interface Fault {
  readonly action: string;
  readonly kind?: "error" | "hang" | "body" | "capacity" | "short";
  readonly code?: string;
  readonly message?: string;
  readonly status?: number;
  readonly count?: number;
  readonly times?: number;
}

export interface Request {
  readonly service: string;
  readonly action: string;
}

/** The simulated AWS's API server alone, without hosts, on the loopback interface. */
export class AwsApi {
  private constructor(
    private readonly server: ChildProcessByStdio<null, Readable, null>,
    readonly url: string,
  ) {}

  static async start(settings: { readonly terminationSeconds: number }): Promise<AwsApi> {
    const programs = await pythonEnvironment({
      name: "simulator",
      requirements: assetPath("simulator/requirements.txt"),
      cacheDirectory: join(homedir(), ".cache", "pyspark-deploy"),
    });
    const server = spawn(
      join(programs, "python"),
      ["-m", "api", "--profile-delay", "0", "--termination-seconds", String(settings.terminationSeconds)],
      { cwd: assetPath("simulator"), stdio: ["ignore", "pipe", "inherit"] },
    );
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    const { port } = JSON.parse(line.toString()) as { readonly port: number };
    return new AwsApi(server, `http://127.0.0.1:${port}`);
  }

  /** The environment in which an AWS SDK talks to it; its own EC2 metadata service is nobody's. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: "AKIASIMULATED",
      AWS_SECRET_ACCESS_KEY: "simulated",
      AWS_EC2_METADATA_DISABLED: "true",
      PYSPARK_DEPLOY_ADDRESS_URL: `${this.url}/simulator/address`,
    };
  }

  async #control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}/simulator/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  async change(settings: Readonly<Record<string, number>>): Promise<void> {
    await this.#control("POST", "settings", settings);
  }

  async fault(fault: Fault): Promise<void> {
    await this.#control("POST", "faults", fault);
  }

  async clearFaults(): Promise<void> {
    await this.#control("DELETE", "faults");
  }

  /** What was asked so far. */
  async requests(): Promise<Request[]> {
    return (await this.#control("GET", "requests")) as Request[];
  }

  stop(): void {
    this.server.kill();
  }
}
