import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DockerEngine } from "../adapters/docker/engine.js";
import { ExitCode, UserError } from "../errors.js";
import { gatewayOf } from "./addresses.js";
import { type ApiServer, ControlClient, startApi } from "./api.js";
import { distrust, removeObjects, trust } from "./docker.js";
import { hostContainer } from "./host-container.js";
import { Hosts } from "./hosts.js";
import type { SimulatedInstance } from "./instance.js";
import { LightHosts, METADATA_PORT } from "./light-hosts.js";
import type { Credentials } from "./metadata.js";
import { API_PORT, S3_PORT, simulatorId } from "./names.js";
import { takePresence } from "./presence.js";
import { type HostAction, reconcile } from "./reconcile.js";
import { prepareRegistry, type ServiceRequest, startRegistry, startS3 } from "./services.js";
import { type HostState, readSpec, type SimulatorSpec, type SimulatorState, writeState } from "./state.js";

/** How often instances and hosts are compared. */
const TICK_MS = 300;
const IDLE_SHARE = 5;
/** How often the engine is asked for containers that ended: a process each time. */
const CONTAINERS_MS = 1000;

function newCredentials(): Credentials {
  const letters = randomBytes(16).toString("hex").toUpperCase();
  return { accessKeyId: `AKIA${letters.slice(0, 16)}`, secretAccessKey: randomBytes(20).toString("hex") };
}

interface Running {
  readonly api: ApiServer;
  readonly hosts: Hosts | undefined;
}

/** The process behind `simulator start`: runs the API server and the services, and keeps hosts and instances the same. */
class Supervisor {
  readonly #engine = new DockerEngine();
  readonly #id: string;
  readonly #hosts = new Map<string, HostState>();
  /** What is being done to hosts. */
  readonly #underWay = new Set<Promise<void>>();
  #light: LightHosts | undefined;
  /** When the engine was last asked. */
  #asked = 0;
  #state: SimulatorState;
  #written = "";

  constructor(
    private readonly spec: SimulatorSpec,
    private readonly signal: AbortSignal,
    private readonly log: (line: string) => void,
  ) {
    this.#id = simulatorId(spec.directory);
    this.#state = {
      phase: "starting",
      pid: process.pid,
      started: new Date().toISOString(),
      credentials: newCredentials(),
      hosts: [],
    };
  }

  async #save(change: Partial<SimulatorState> = {}): Promise<void> {
    this.#state = { ...this.#state, ...change, hosts: [...this.#hosts.values()] };
    const text = JSON.stringify(this.#state);
    if (text === this.#written) return;
    this.#written = text;
    await writeState(this.spec.directory, this.#state);
  }

  /** Works until `signal` fires; whatever happens, nothing stays in Docker. */
  async run(): Promise<void> {
    await this.#save();
    try {
      // What a killed supervisor left would be in the way.
      await this.#sweep();
      await rm(join(this.spec.directory, "hosts"), { recursive: true, force: true });
      const running = await this.#start();
      await this.#save({ phase: "ready" });
      this.log("ready");
      await Promise.race([this.#loop(running), running.api.ended]);
    } catch (error) {
      if (!this.signal.aborted) await this.#fail(error);
    } finally {
      // What is being made now would outlive the sweep.
      await Promise.all(this.#underWay);
      this.#light?.stop();
      await this.#sweep();
    }
  }

  async #fail(error: unknown): Promise<void> {
    const { message, hint, output } = error as Partial<UserError>;
    const text = [output, message, hint].filter((part) => part !== undefined).join("\n");
    this.log(text);
    this.#hosts.clear();
    await this.#save({ phase: "failed", error: text });
  }

  async #sweep(): Promise<void> {
    await removeObjects(this.#engine, this.#id);
    const { host } = this.spec.images;
    if (host !== undefined) await distrust(host, this.#id);
  }

  async #start(): Promise<Running> {
    const { host: image } = this.spec.images;
    return image === undefined ? this.#startAlone() : this.#startAll(image);
  }

  async #startAlone(): Promise<Running> {
    const api = await this.#api({});
    await this.#save({ endpoint: api.endpoint });
    return { api, hosts: undefined };
  }

  #api(more: Partial<Parameters<typeof startApi>[0]>): Promise<ApiServer> {
    const { programs, directory, profileDelaySeconds, terminationSeconds } = this.spec;
    const { signal, log } = this;
    return startApi({ programs, directory, profileDelaySeconds, terminationSeconds, signal, log, ...more });
  }

  async #startAll(image: string): Promise<Running> {
    const { directory, programs, cidr, images } = this.spec;
    const { credentials } = this.#state;
    const address = gatewayOf(cidr);
    const request: ServiceRequest = {
      engine: this.#engine,
      simulator: this.#id,
      directory,
      programs,
      address,
      credentials,
      signal: this.signal,
    };
    const registry = await prepareRegistry(request);
    const hostEndpoint = `http://${address}:${API_PORT}`;
    const s3 = images.s3;
    const light = this.spec.light ? new LightHosts(this.#id, credentials, this.log) : undefined;
    this.#light = light;
    const hosts = new Hosts(this.#engine, {
      simulator: this.#id,
      directory,
      image,
      credentials,
      environment: {
        AWS_ENDPOINT_URL: hostEndpoint,
        ...(s3 !== undefined && { AWS_ENDPOINT_URL_S3: `http://${address}:${S3_PORT}` }),
        ...(light && { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${address}:${METADATA_PORT}` }),
      },
      registry,
      light,
      signal: this.signal,
    });
    await hosts.network(cidr).catch((cause: unknown) => {
      throw new UserError({
        exitCode: ExitCode.stateConflict,
        message: `The network ${cidr} can't be made: ${(cause as Error).message}`,
        hint: "Another simulator may run, or was killed in another folder; remove what it left: pyspark-deploy simulator stop --all",
        cause,
      });
    });
    await light?.start(address);
    const [api, , url] = await Promise.all([
      this.#api({ also: `${address}:${API_PORT}`, registry }),
      startRegistry(request, registry, image),
      s3 === undefined ? undefined : startS3(request, s3),
      trust(image, this.#id, registry.address, await readFile(registry.authority, "utf8")),
    ]);
    await this.#save({
      endpoint: api.endpoint,
      hostEndpoint,
      registry: registry.address,
      ...(url !== undefined && { s3: url }),
    });
    return { api, hosts };
  }

  async #loop({ api, hosts }: Running): Promise<void> {
    const control = new ControlClient(api.endpoint);
    while (!this.signal.aborted) {
      const began = Date.now();
      if (hosts) await this.#tick(control, hosts);
      // Hundreds of instances take a while to describe: not all of the time.
      const pause = Math.max(TICK_MS, IDLE_SHARE * (Date.now() - began));
      await delay(pause, undefined, { signal: this.signal }).catch(() => {});
    }
  }

  async #containers(hosts: Hosts) {
    if (Date.now() - this.#asked < CONTAINERS_MS) return undefined;
    this.#asked = Date.now();
    const running = [...this.#hosts.values()].filter(({ state }) => state === "running");
    if (running.length === 0) return undefined;
    const found = await hosts.containers();
    // One that is not there any more was removed by hand: its machine is gone too.
    const gone = { running: false, exitCode: 137 };
    return new Map(running.map(({ container }) => [container, found.get(container) ?? gone]));
  }

  async #tick(control: ControlClient, hosts: Hosts): Promise<void> {
    const containers = await this.#containers(hosts);
    const instances = await control.instances();
    const actions = reconcile(instances, [...this.#hosts.values()], containers);
    for (const instance of actions.boot) this.#boot(hosts, instance);
    for (const { action, host } of actions.hosts) this.#change(control, hosts, host, action, instances);
    const described = instances.filter(({ id }) => this.#hosts.get(id)?.state === "running");
    await Promise.all(described.map((instance) => hosts.describe(instance)));
    await this.#save();
  }

  /** Does something to a host while the loop goes on; when it fails, the next rounds try again. */
  #do(host: HostState, what: string, work: () => Promise<HostState | undefined>): void {
    this.#hosts.set(host.instance, host);
    this.log(`${host.instance} (${host.address}): ${what}`);
    const done = work()
      .catch((error: unknown) => {
        this.log(`${host.instance}: ${what} failed: ${(error as Error).message}`);
        return what === "boot" ? undefined : { ...host, state: "running" as const };
      })
      .then((after) => {
        if (after) this.#hosts.set(host.instance, after);
        else this.#hosts.delete(host.instance);
        this.#underWay.delete(done);
      });
    this.#underWay.add(done);
  }

  #boot(hosts: Hosts, instance: SimulatedInstance): void {
    const { id, privateIp, reboots } = instance;
    const container = hostContainer(this.#id, id);
    const host: HostState = { instance: id, address: privateIp ?? "", container, state: "booting", reboots };
    this.#do(host, "boot", async () => {
      await hosts.boot(instance);
      return { ...host, state: "running" };
    });
  }

  #change(
    control: ControlClient,
    hosts: Hosts,
    host: HostState,
    action: HostAction,
    instances: readonly SimulatedInstance[],
  ): void {
    const reboots = instances.find(({ id }) => id === host.instance)?.reboots ?? host.reboots;
    const { container, instance } = host;
    const work: Record<HostAction, () => Promise<HostState | undefined>> = {
      start: async () => {
        await hosts.start(container);
        return { ...host, state: "running" };
      },
      reboot: async () => {
        await hosts.stop(container);
        await hosts.start(container);
        return { ...host, state: "running", reboots };
      },
      stop: async () => {
        await hosts.stop(container);
        return { ...host, state: "stopped" };
      },
      remove: async () => {
        await hosts.remove(instance);
        return undefined;
      },
      "report-end": async () => {
        await control.ended(instance);
        return host;
      },
    };
    this.#do({ ...host, state: "changing" }, action, work[action]);
  }
}

/** Runs the simulator that the folder's spec describes, until `signal` fires. */
export async function supervise(
  directory: string,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  const presence = await takePresence(simulatorId(directory));
  // Two starts at once: the other's supervisor does it.
  if (!presence) return;
  const spec = await readSpec(directory);
  if (!spec) throw new Error(`there is no simulator in ${directory}`);
  await new Supervisor(spec, signal, log).run().finally(() => presence.close());
}
