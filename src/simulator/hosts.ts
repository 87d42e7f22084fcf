import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { DockerEngine } from "../adapters/docker/engine.js";
import { contains, gatewayOf } from "./addresses.js";
import { docker } from "./docker.js";
import { hostArguments, hostContainer, hostVolumes, lightHostArguments } from "./host-container.js";
import type { SimulatedInstance } from "./instance.js";
import type { LightHosts } from "./light-hosts.js";
import { type Credentials, cloudInitSeed, hostMetadata } from "./metadata.js";
import { simulatorLabels, simulatorObject } from "./names.js";
import type { ContainerState } from "./reconcile.js";
import { Slots } from "./slots.js";

export interface Surroundings {
  readonly simulator: string;
  readonly directory: string;
  readonly image: string;
  readonly credentials: Credentials;
  /** What programs in a host are told of the API: environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly registry: { readonly address: string; readonly authority: string };
  /** Present: hosts are light ones. */
  readonly light?: LightHosts | undefined;
  /** When it fires, no more hosts boot or go. */
  readonly signal: AbortSignal;
}

/** Hosts that boot or go at once: more only take the processor from each other. */
const AT_ONCE = 4;

const EXITED = /^Exited \((\d+)\)/;

/** The containers that stand for instances, and the networks that they are in. */
export class Hosts {
  readonly #networks = new Map<string, Promise<string>>();
  readonly #written = new Map<string, string>();
  readonly #slots: Slots;

  constructor(
    private readonly engine: DockerEngine,
    private readonly around: Surroundings,
  ) {
    this.#slots = new Slots(AT_ONCE, around.signal);
  }

  #directory(instance: string): string {
    return join(this.around.directory, "hosts", instance);
  }

  /** The Docker network of a VPC, made when it is first asked for. */
  network(cidr: string): Promise<string> {
    const known = this.#networks.get(cidr);
    if (known) return known;
    const made = this.#makeNetwork(cidr);
    this.#networks.set(cidr, made);
    made.catch(() => this.#networks.delete(cidr));
    return made;
  }

  async #makeNetwork(cidr: string): Promise<string> {
    const { simulator } = this.around;
    const name = simulatorObject(simulator, cidr.replace(/[./]/g, "-"));
    const labels = Object.entries(simulatorLabels(simulator)).flatMap(([k, v]) => ["--label", `${k}=${v}`]);
    await docker(["network", "create", ...labels, "--subnet", cidr, "--gateway", gatewayOf(cidr), name]);
    return name;
  }

  /** VPCs may share a range here; one that lies within another's is in that one's network. */
  #networkFor(address: string, vpcCidr: string): Promise<string> {
    const cidr = [...this.#networks.keys()].find((one) => contains(one, address));
    return this.network(cidr ?? vpcCidr);
  }

  boot(instance: SimulatedInstance): Promise<void> {
    return this.#slots.run(() => this.#boot(instance));
  }

  async #boot(instance: SimulatedInstance): Promise<void> {
    const { simulator, image, registry, light } = this.around;
    const { id, privateIp, vpcCidr } = instance;
    if (privateIp === null || vpcCidr === null) throw new Error(`${id} has no address`);
    const directory = this.#directory(id);
    for (const folder of ["seed", "metadata"])
      await mkdir(join(directory, folder), { recursive: true, mode: 0o700 });
    const environment = Object.entries(this.around.environment).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(directory, "metadata", "environment"), environment.join(""));
    const network = await this.#networkFor(privateIp, vpcCidr);
    const request = { simulator, image, instance, network, address: privateIp, directory, registry };
    if (light) {
      await light.prepare(instance, directory);
      await this.#run(lightHostArguments(request), id);
      return;
    }
    for (const [name, content] of Object.entries(cloudInitSeed(instance)))
      await writeFile(join(directory, "seed", name), content, { mode: 0o600 });
    await this.describe(instance);
    for (const { name } of hostVolumes(simulator, instance))
      await this.engine.createVolume(name, simulatorLabels(simulator, "host"));
    await this.#run(hostArguments(request), id);
  }

  /** A half-made container would have the name at the next try. */
  async #run(args: readonly string[], instance: string): Promise<void> {
    await docker(args).catch(async (error: unknown) => {
      await this.engine.remove("container", [hostContainer(this.around.simulator, instance)]);
      throw error;
    });
  }

  /** Brings a host's metadata up to date; to be called whenever the instance may have changed. */
  async describe(instance: SimulatedInstance): Promise<void> {
    if (this.around.light) {
      this.around.light.describe(instance);
      return;
    }
    const content = JSON.stringify(hostMetadata(instance, this.around.credentials));
    if (this.#written.get(instance.id) === content) return;
    this.#written.set(instance.id, content);
    await writeFileAtomic(join(this.#directory(instance.id), "metadata", "metadata.json"), content, {
      mode: 0o600,
    });
  }

  /** The containers of all hosts by name. */
  async containers(): Promise<Map<string, ContainerState>> {
    const labels = Object.entries(simulatorLabels(this.around.simulator, "host"));
    const filters = labels.flatMap(([key, value]) => ["--filter", `label=${key}=${value}`]);
    const text = await docker(["ps", "--all", ...filters, "--format", "{{.Names}}\t{{.Status}}"]);
    return new Map(
      text.split("\n").flatMap((line) => {
        const [name = "", status = ""] = line.split("\t");
        if (name === "") return [];
        const exited = EXITED.exec(status)?.[1];
        return [[name, { running: exited === undefined, exitCode: Number(exited ?? 0) }] as const];
      }),
    );
  }

  async start(container: string): Promise<void> {
    await this.engine.start(container);
  }

  async stop(container: string): Promise<void> {
    await this.engine.kill(container, "KILL");
  }

  remove(instance: string): Promise<void> {
    return this.#slots.run(() => this.#remove(instance));
  }

  async #remove(instance: string): Promise<void> {
    const { simulator, light } = this.around;
    await light?.remove(instance);
    await this.engine.remove("container", [hostContainer(simulator, instance)]);
    if (!light) await this.#removeVolumes(instance);
    this.#written.delete(instance);
    await rm(this.#directory(instance), { recursive: true, force: true });
  }

  async #removeVolumes(instance: string): Promise<void> {
    const labels = simulatorLabels(this.around.simulator, "host");
    const volumes = (await this.engine.list("volume", labels)).filter((name) =>
      name.includes(`_${instance}-`),
    );
    await this.engine.remove("volume", volumes);
  }
}
