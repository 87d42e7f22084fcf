import { DockerEngine } from "../adapters/docker/engine.js";
import type { EngineFacts } from "../adapters/docker/info.js";
import { cacheDirectory } from "../adapters/machine.js";
import type { SshConnections, Tunnel } from "../adapters/ssh/connection.js";
import { type CloudPlace, type LoadedConfig, loadConfig } from "../config/load.js";
import { CLUSTER_NAME, tidyName } from "../config/names.js";
import type { Context } from "../context.js";
import { Driver } from "../driver/driver.js";
import { ExitCode, UserError } from "../errors.js";
import { connectionsFrom } from "../providers/aws/connections.js";
import { LazyAwsProvider } from "../providers/aws/lazy.js";
import { LocalProvider } from "../providers/local/local-provider.js";
import type { ClusterState, Provider } from "../providers/provider.js";
import { type ClusterRecord, createCommand, type Records } from "../state/record.js";
import { awsScope } from "./aws-scope.js";
import { Images } from "./images.js";
import { ProjectState } from "./project-state.js";

/** What the steps of a verb work with: the project's config, engine, images, provider and records. */
export class Session {
  readonly loaded: LoadedConfig;
  readonly engine: DockerEngine;
  readonly images: Images;
  /** That of the profile: where `create` makes clusters. */
  readonly provider: Provider;
  readonly state: ProjectState;
  readonly #local: Provider;
  readonly #clouds = new Map<string, Provider>();
  #machine: Promise<EngineFacts> | undefined;

  constructor(
    readonly context: Context,
    profile?: string,
    loaded?: LoadedConfig,
    state?: ProjectState,
  ) {
    const { directory, configFile: file, env } = context;
    this.loaded = loaded ?? loadConfig({ directory, file, profile, env });
    this.engine = new DockerEngine(undefined, context.signal);
    this.images = new Images(this.engine, this.loaded, context);
    this.#local = new LocalProvider(
      this.engine,
      () => this.machine(),
      () => this.images.s3(),
    );
    this.state = state ?? new ProjectState(this.loaded, context);
    const { provider } = this.loaded.config;
    this.provider = provider === "aws" ? this.#aws(awsScope(this)) : this.#local;
  }

  get records(): Records {
    return this.state.records;
  }

  /** What the engine's machine has; asked once. */
  machine(): Promise<EngineFacts> {
    this.#machine ??= this.engine.facts();
    return this.#machine;
  }

  /** The same session for work that has to be done even though the user pressed Ctrl-C. */
  undisturbed(): Session {
    const context = { ...this.context, signal: new AbortController().signal };
    return new Session(context, undefined, this.loaded, this.state);
  }

  /** The same session with the profile that a cluster was made from. */
  forRecord(record: ClusterRecord): Session {
    return record.profile === this.loaded.profile
      ? this
      : new Session(this.context, record.profile, undefined, this.state);
  }

  #aws({ region, profile, role }: CloudPlace): Provider {
    const key = JSON.stringify([region, profile, role]);
    const known = this.#clouds.get(key);
    if (known) return known;
    const made = new LazyAwsProvider({
      scope: { region, profile, role, signal: this.context.signal },
      directory: (cluster) => this.records.directory(cluster),
      projectDirectory: this.loaded.directory,
      cacheDirectory: cacheDirectory(this.context.env),
      architecture: async (reference) =>
        (await this.engine.image(reference))?.architecture === "arm64" ? "arm64" : "amd64",
      env: this.context.env,
      shared: this.state.shared,
    });
    this.#clouds.set(key, made);
    return made;
  }

  /** What made a recorded cluster. */
  providerOf(record: Pick<ClusterRecord, "cloud">): Provider {
    return record.cloud ? this.#aws(record.cloud) : this.#local;
  }

  /** All that may have something of a cluster: that of its record, or without one all that the config names. */
  providersOf(record: ClusterRecord | undefined): Provider[] {
    if (record) return [this.providerOf(record)];
    return [this.#local, ...this.loaded.clouds.map((place) => this.#aws(place))];
  }

  /** What there is of a cluster; without a record, at the first that has anything of it. */
  async stateOf(cluster: string, record: ClusterRecord | undefined): Promise<ClusterState> {
    const name = { project: this.project, cluster, nodes: record?.cloud?.nodes };
    const nothing: ClusterState = { nodes: [], ui: undefined, s3: undefined };
    const states = await Promise.all(this.providersOf(record).map((provider) => provider.state(name)));
    return states.find(({ nodes }) => nodes.length > 0) ?? nothing;
  }

  get project(): string {
    return this.loaded.config.project;
  }

  /** The names of the clusters with a record; records on S3 that can't be had hide nothing that tags and labels tell. */
  async recorded(): Promise<string[]> {
    return this.records.names().catch((error: unknown) => {
      if (!(error instanceof UserError) || error.exitCode !== ExitCode.cloudRefused) throw error;
      this.context.report.note(`Records on S3 are not looked for: ${error.message}`, "warning");
      return this.records.namesHere();
    });
  }

  /** The names of the project's clusters: those with a record, those whose record was lost, and with `data` what they left. */
  async clusters({ data } = { data: false }): Promise<string[]> {
    const [recorded, ...found] = await Promise.all([
      this.recorded(),
      ...this.providersOf(undefined).map((provider) => this.#find(provider, data)),
    ]);
    return [...new Set([...recorded, ...found.flat()])].sort();
  }

  /** The named cluster, with a record or without; no cloud is asked about one that has a record. */
  async existing(name: string, options?: { readonly data: boolean }): Promise<string> {
    const recorded = await this.recorded();
    return this.choose(name, recorded.includes(name) ? recorded : await this.clusters(options));
  }

  /** True when there is a record of such a cluster, or anything of it where a cluster is made now. */
  async isTaken(cluster: string): Promise<boolean> {
    if ((await this.records.names()).includes(cluster)) return true;
    const places = [...new Set([this.#local, this.provider])];
    const found = await Promise.all(places.map((place) => this.#find(place, false)));
    return found.flat().includes(cluster);
  }

  /** A cloud that can't be asked hides nothing of what is here. */
  async #find(provider: Provider, data: boolean): Promise<string[]> {
    return provider.find(this.project, { data }).catch((error: unknown) => {
      if (provider.name === "local" || !(error instanceof UserError)) throw error;
      this.context.report.note(`Clusters without a record are not looked for: ${error.message}`, "warning");
      return [];
    });
  }

  /** The named cluster, or the only one there is. */
  async choose(name: string | undefined, known: readonly string[]): Promise<string> {
    if (name !== undefined) {
      if (known.includes(name)) return name;
      throw new UserError({
        exitCode: ExitCode.usage,
        message: `There is no cluster "${name}" in this project.`,
        hint: known.length > 0 ? `There are: ${known.join(", ")}.` : "Make one: pyspark-deploy create local",
      });
    }
    const [only, ...others] = known;
    if (only !== undefined && others.length === 0) return only;
    throw new UserError({
      exitCode: ExitCode.usage,
      message:
        only === undefined
          ? "This project has no cluster."
          : `This project has several clusters: ${known.join(", ")}.`,
      hint: only === undefined ? "Make one: pyspark-deploy create local" : "Name one of them.",
    });
  }

  /** The record of a cluster that is ready to be used. */
  async ready(name: string | undefined): Promise<ClusterRecord> {
    const cluster = await this.choose(name, await this.recorded());
    const record = await this.records.read(cluster);
    if (record?.phase === "ready") return record;
    if (record?.phase === "updating") {
      throw new UserError({
        exitCode: ExitCode.notReady,
        message: `"${cluster}" is being updated, or was left half updated.`,
        hint: `Wait until the update is done; was it cut short, finish it: pyspark-deploy update ${cluster}`,
      });
    }
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `The cluster "${cluster}" is not ready: it was left while ${record?.phase ?? "creating"}.`,
      hint: `Make it anew, its data stays: ${record ? createCommand(record) : "pyspark-deploy create"}; or remove it: pyspark-deploy destroy ${cluster}`,
    });
  }

  /** What works on a cluster that exists; opens the connection to it where one is needed. */
  async driver(record: ClusterRecord): Promise<Driver> {
    const { sshHost } = record.driver;
    if (sshHost === undefined) return new Driver(this.engine, record);
    const engineAt = async (host: string) => {
      const { dockerHost } = await this.#tunnel(record, host);
      return new DockerEngine(dockerHost, this.context.signal);
    };
    const hosts = new Set(record.cloud?.nodes.map(({ name }) => name));
    const engine = await engineAt(sshHost);
    return new Driver(engine, record, async (node) =>
      node !== sshHost && hosts.has(node) ? engineAt(node) : engine,
    );
  }

  async #tunnel(record: ClusterRecord, host: string): Promise<Tunnel> {
    const connections = this.connections(record);
    return connections.tunnel(host).catch(async (error: unknown) => {
      if (error instanceof UserError && (await this.providerOf(record).admit(record, this.context)))
        return connections.tunnel(host);
      throw error;
    });
  }

  /** The master's UI as this machine reaches it; undefined when it does not run. */
  async masterUi(record: ClusterRecord): Promise<string | undefined> {
    const { sshHost } = record.driver;
    if (sshHost !== undefined) return (await this.#tunnel(record, sshHost)).ui;
    return (await this.stateOf(record.identity.cluster, record)).ui;
  }

  /** SSH to the hosts of a cluster. */
  connections(record: ClusterRecord): SshConnections {
    const { cluster, clusterId } = record.identity;
    return connectionsFrom(this.records.directory(cluster), clusterId, this.context.signal);
  }

  /** True where a command on such a cluster is at work, or was killed before it recorded one. */
  isTouched(cluster: string): boolean {
    return CLUSTER_NAME.test(cluster) && this.state.isTouched(cluster);
  }

  /** Runs `work` as the only command that changes the cluster. */
  async locked<T>(
    cluster: string,
    verb: string,
    work: () => Promise<T>,
    withoutLock?: (why: UserError) => void,
  ): Promise<T> {
    if (!CLUSTER_NAME.test(cluster)) {
      throw new UserError({
        exitCode: ExitCode.usage,
        message: `"${cluster}" is no name of a cluster: use lower-case letters, digits and dashes, starting with a letter.`,
        hint: `${tidyName(cluster) ? `Did you mean ${tidyName(cluster)}? ` : ""}See the names there are: pyspark-deploy status`,
      });
    }
    return this.state.locked(cluster, verb, work, withoutLock);
  }

  /** The verb of the command that changes the cluster right now. */
  atWork(cluster: string): Promise<string | undefined> {
    return this.state.atWork(cluster);
  }
}
