import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DockerEngine } from "../adapters/docker/engine.js";
import { pythonEnvironment } from "../adapters/python-environment.js";
import { assetPath, cliPath } from "../assets.js";
import { ExitCode, UserError } from "../errors.js";
import { launch } from "../exec/launch.js";
import { Reporter } from "../report/events.js";
import { waitUntil } from "../wait.js";
import { ControlClient, type FaultRequest, type LoggedRequest, type SimulatorSettings } from "./api.js";
import { distrust, leftovers, removeObjects, simulatorsSeen } from "./docker.js";
import { ensureHostImage, type HostImageRequest, hostImageReference } from "./host-image.js";
import type { HostKind } from "./host-kind.js";
import { cacheDirectory, defaultDirectory, simulatorId } from "./names.js";
import { findSupervisor } from "./presence.js";
import { type HostState, readState, type SimulatorState, writeSpec } from "./state.js";

/** As Terraform's module makes the VPC by default. */
const DEFAULT_CIDR = "10.77.0.0/16";
/** How AWS is: a new instance profile can't be used at once, an instance's end takes its time. */
const PROFILE_DELAY_SECONDS = 15;
const TERMINATION_SECONDS = 10;
const START_SECONDS = 120;
const STOP_SECONDS = 120;

export interface SimulatorOptions {
  /** The simulator's folder; by default the user's only one, below the cache folder. */
  readonly directory?: string | undefined;
  /** By default full. */
  readonly hosts?: HostKind;
  /** Finds or builds the S3 server's image; left out, there is no S3 server. */
  readonly s3Image?: () => Promise<string>;
  readonly build?: HostImageRequest["build"];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly report?: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** The network of VPCs that is there from the start; others are made when an instance is in one. */
  readonly cidr?: string;
  readonly profileDelaySeconds?: number | undefined;
  readonly terminationSeconds?: number | undefined;
}

const ready = (state: SimulatorState | undefined) => state?.phase === "ready" && state.endpoint !== undefined;

function refuseElsewhere(): void {
  if (process.platform === "linux") return;
  throw new UserError({
    exitCode: ExitCode.usage,
    message:
      "The simulated AWS runs on Linux only: its hosts are containers that this machine reaches directly.",
    hint: "Use it in a virtual machine or in CI, or use a local cluster: pyspark-deploy create local",
  });
}

async function launchSupervisor(directory: string): Promise<void> {
  const program = cliPath();
  if (!existsSync(program)) throw new Error(`${program} has not been built`);
  launch(
    { file: process.execPath, args: [program, "simulator", "supervise", directory] },
    join(directory, "supervisor.log"),
  );
}

/** A simulated AWS on this machine, which lives until it is stopped. */
export class Simulator {
  readonly #control: ControlClient;

  private constructor(
    readonly directory: string,
    private readonly state: SimulatorState,
    private readonly environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#control = new ControlClient(state.endpoint ?? "");
  }

  /** The one that runs in this folder, if any. */
  static async find(
    options: Pick<SimulatorOptions, "directory" | "env"> = {},
  ): Promise<Simulator | undefined> {
    const env = options.env ?? process.env;
    const directory = resolve(options.directory ?? defaultDirectory(env));
    if ((await findSupervisor(simulatorId(directory))) === undefined) return undefined;
    const state = await readState(directory);
    return state && ready(state) ? new Simulator(directory, state, env) : undefined;
  }

  /**
   * Starts one, or returns the one that runs.
   * @throws UserError when this is not Linux, a tool is missing or an image can't be built.
   */
  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    refuseElsewhere();
    const env = options.env ?? process.env;
    const running = await Simulator.find(options);
    if (running) return running;
    const { signal, hosts = "full" } = options;
    const report = options.report ?? new Reporter(() => {});
    const directory = resolve(options.directory ?? defaultDirectory(env));
    const programs = await report.step("api", "Preparing the API server", (step) =>
      pythonEnvironment({
        name: "simulator",
        requirements: assetPath("simulator/requirements.txt"),
        cacheDirectory: cacheDirectory(env),
        signal,
        onLine: step.progress,
      }),
    );
    const engine = new DockerEngine(undefined, signal);
    const host =
      hosts === "none"
        ? undefined
        : await ensureHostImage({ engine, env, build: options.build ?? {}, report });
    const s3 = hosts === "none" ? undefined : await options.s3Image?.();
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found = await report.step("start", "Starting the simulated AWS", async () => {
      // The state of one that failed or was killed would be taken for this one's.
      if ((await findSupervisor(simulatorId(directory))) === undefined)
        await rm(join(directory, "state.json"), { force: true });
      await writeSpec({
        directory,
        programs,
        images: { ...(host !== undefined && { host }), ...(s3 !== undefined && { s3 }) },
        light: hosts === "light",
        profileDelaySeconds: options.profileDelaySeconds ?? PROFILE_DELAY_SECONDS,
        terminationSeconds: options.terminationSeconds ?? TERMINATION_SECONDS,
        cidr: options.cidr ?? DEFAULT_CIDR,
      });
      await launchSupervisor(directory);
      return waitForReady(directory, signal);
    });
    return new Simulator(directory, found, env);
  }

  /**
   * Ends a simulator and removes all that it made, also when its supervisor was killed or its state was lost.
   * Returns false when there was nothing.
   */
  static async stop(options: Pick<SimulatorOptions, "directory" | "env"> = {}): Promise<boolean> {
    const env = options.env ?? process.env;
    const directory = resolve(options.directory ?? defaultDirectory(env));
    const id = simulatorId(directory);
    const ran = await endSupervisor(id);
    const left = await removeLeftovers(id, env);
    const there = existsSync(directory);
    await rm(directory, { recursive: true, force: true });
    return ran || there || left;
  }

  /**
   * Removes what simulators of other folders left in Docker when they were killed; returns how many had left anything. One that
   * runs on another machine with the same Docker engine looks killed.
   */
  static async removeKilled(env: Readonly<Record<string, string | undefined>>): Promise<number> {
    let removed = 0;
    for (const id of await simulatorsSeen(new DockerEngine()))
      if ((await findSupervisor(id)) === undefined && (await removeLeftovers(id, env))) removed += 1;
    return removed;
  }

  stop(): Promise<boolean> {
    return Simulator.stop({ directory: this.directory, env: this.environment });
  }

  /** What makes programs use this AWS instead of Amazon's. */
  get env(): Readonly<Record<string, string>> {
    const { endpoint = "", s3, credentials } = this.state;
    return {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL: endpoint,
      ...(s3 !== undefined && { AWS_ENDPOINT_URL_S3: s3, PYSPARK_DEPLOY_SIMULATOR_S3: s3 }),
      PYSPARK_DEPLOY_ADDRESS_URL: `${endpoint}/simulator/address`,
    };
  }

  /** ADDRESS:PORT of the registry that stands for ECR's. */
  get registry(): string | undefined {
    return this.state.registry;
  }

  requests(since = 0): Promise<readonly LoggedRequest[]> {
    return this.#control.requests(since);
  }

  fault(fault: FaultRequest) {
    return this.#control.addFault(fault);
  }

  faults() {
    return this.#control.faults();
  }

  /** Removes one fault, or all. */
  async clearFaults(id?: string): Promise<number> {
    return (await this.#control.removeFaults(id)).removed;
  }

  settings(): Promise<SimulatorSettings> {
    return this.#control.settings();
  }

  change(settings: Partial<SimulatorSettings>): Promise<SimulatorSettings> {
    return this.#control.change(settings);
  }

  /** The notice of a spot interruption, and the end of the instance so many seconds later. */
  async interrupt(instance: string, seconds: number): Promise<void> {
    await this.#control.interrupt(instance, seconds);
  }

  async hosts(): Promise<readonly HostState[]> {
    return (await readState(this.directory))?.hosts ?? [];
  }

  /** Everything in Docker that this simulator has made. */
  leftovers(): Promise<string[]> {
    return leftovers(new DockerEngine(), simulatorId(this.directory));
  }
}

/** False when Docker had nothing of this simulator. */
async function removeLeftovers(
  id: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const engine = new DockerEngine();
  if ((await leftovers(engine, id)).length === 0) return false;
  await removeObjects(engine, id);
  const image = await hostImageReference(env);
  if (await engine.image(image)) await distrust(image, id);
  return true;
}

async function waitForReady(directory: string, signal: AbortSignal | undefined): Promise<SimulatorState> {
  const log = join(directory, "supervisor.log");
  const failed = async (message: string): Promise<never> => {
    const text = await readFile(log, "utf8").catch(() => "");
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `The simulated AWS did not start: ${message}`,
      output: text.split("\n").slice(-15).join("\n"),
      hint: `Its log: ${log}; remove what is left of it: pyspark-deploy simulator stop`,
    });
  };
  return waitUntil({
    description: "the simulated AWS to start",
    timeoutSeconds: START_SECONDS,
    signal,
    hint: `See its log: ${log}`,
    probe: async () => {
      const state = await readState(directory);
      if (state?.phase === "failed") await failed(state.error ?? "");
      if (state && ready(state)) return { done: true, value: state };
      if (state && (await findSupervisor(simulatorId(directory))) === undefined)
        await failed("its supervisor ended.");
      return { done: false, seen: state?.phase ?? "no answer yet" };
    },
  });
}

/** Tells the supervisor to end, and waits until it has; false when there was none. */
async function endSupervisor(id: string): Promise<boolean> {
  const pid = await findSupervisor(id);
  if (pid === undefined) return false;
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // Gone this very moment.
  }
  await waitUntil({
    description: `the simulator's supervisor (process ${pid}) to end`,
    timeoutSeconds: STOP_SECONDS,
    hint: `End it: kill -9 ${pid}; then run the command again`,
    probe: async () =>
      (await findSupervisor(id)) === undefined
        ? { done: true, value: undefined }
        : { done: false, seen: "it removes hosts" },
  });
  return true;
}
