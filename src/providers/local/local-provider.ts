import { setTimeout as delay } from "node:timers/promises";
import { ObjectStore, parseObjectAddress } from "../../adapters/aws/object-store.js";
import type { ContainerFacts, DockerEngine, ObjectKind } from "../../adapters/docker/engine.js";
import { httpGet } from "../../adapters/http.js";
import type { Config } from "../../config/schema.js";
import type { Context } from "../../context.js";
import { ExitCode, InterruptedError, UserError } from "../../errors.js";
import { hostSystem } from "../../host.js";
import {
  type ClusterPlan,
  type ClusterSecrets,
  CONF_DIRECTORY,
  MASTER_UI_PORT,
  planLocalCluster,
  S3_PORT,
} from "../../plan/cluster-plan.js";
import { checkSize, clusterWish, warningText } from "../../plan/diagnosis.js";
import { clusterSelector, LABEL_PREFIX, type Labels, ROLE_LABEL } from "../../plan/identity.js";
import { type Machine, sizeLocalWorker } from "../../plan/sizing.js";
import type { ClusterRecord } from "../../state/record.js";
import { waitUntil } from "../../wait.js";
import { plannedFacts } from "../facts.js";
import type {
  ClusterName,
  ClusterState,
  DestroyResult,
  DriverPlace,
  PlannedCluster,
  PlanRequest,
  Provider,
  RunningCluster,
} from "../provider.js";
import { registerWorkers } from "../ready.js";
import {
  confFiles,
  localNames,
  loopback,
  nodeContainer,
  S3_CONF_DIRECTORY,
  s3Container,
  s3Files,
} from "./containers.js";
import { growCluster, shrinkCluster } from "./scale.js";

const roleOf = (container: ContainerFacts) => container.labels[ROLE_LABEL] ?? "job";

/** Waits for all, also when one fails: what is still being made could otherwise appear after a clean-up has looked. */
async function settle(work: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

interface Found {
  readonly kind: ObjectKind;
  readonly object: string;
}

/** Who has ended so often while the cluster comes up will not stay up. */
const MOST_RESTARTS = 2;

/** How long destroy tries again: Docker takes a second or two for what a killed command had under way. */
const REMOVAL_SECONDS = 10;

/** Clusters whose nodes are containers of the user's own Docker engine. */
export class LocalProvider implements Provider {
  readonly name = "local";
  readonly pulls = false;

  constructor(
    private readonly engine: DockerEngine,
    /** What the engine's machine has. */
    private readonly machine: () => Promise<Machine>,
    /** Makes the S3 server's image when it is absent; returns its reference. */
    private readonly s3Image: () => Promise<string>,
  ) {}

  async check(config: Config, { report }: Context): Promise<void> {
    const [machine, wish] = [await this.machine(), clusterWish(config)];
    sizeLocalWorker(machine, wish);
    const text = warningText(checkSize(machine, wish, hostSystem()));
    if (text !== undefined) report.note(text, "warning");
  }

  async plan({ config, identity, image, secrets }: PlanRequest): Promise<PlannedCluster> {
    const plan = planLocalCluster({ config, identity, image, machine: await this.machine(), secrets });
    const names = localNames(identity);
    const driver: DriverPlace = {
      container: names.container("driver"),
      confMount: { type: "volume", source: names.confVolume },
      sharesFiles: true,
    };
    return {
      facts: { ...plannedFacts(plan, config), driver },
      create: (context) => this.#create(plan, secrets, config.readyTimeout, context),
    };
  }

  async running(
    record: ClusterRecord,
    { config, identity, image, secrets }: PlanRequest,
  ): Promise<RunningCluster> {
    const machine = await this.machine();
    const plan = planLocalCluster({ config, identity, image, machine, secrets, running: record.workers });
    const scale = { engine: this.engine, plan, machine, readyTimeoutSeconds: config.readyTimeout };
    return {
      facts: { ...plannedFacts(plan, config), driver: record.driver },
      confFiles: plan.confFiles,
      // The engine that built the image is the one that runs it.
      pull: async () => {},
      replace: (context) => this.#replace(plan, secrets, config.readyTimeout, context),
      grow: (context, growth) => growCluster(scale, growth, context),
      shrink: (context, departure) => shrinkCluster(scale, departure, context),
    };
  }

  async #create(
    plan: ClusterPlan,
    secrets: ClusterSecrets,
    readyTimeoutSeconds: number,
    { report, signal }: Context,
  ): Promise<void> {
    const names = localNames(plan.identity);
    const s3Image = plan.storage.embedded ? await this.s3Image() : undefined;
    await report.step("network", "Making the network and the volumes", async () => {
      await settle([
        this.engine.createNetwork(names.network, plan.labels),
        this.engine.createVolume(names.confVolume, plan.labels),
        // Docker keeps a volume that exists, and the data in it.
        ...(s3Image === undefined
          ? []
          : [this.engine.createVolume(names.dataVolume, { ...plan.labels, [ROLE_LABEL]: "s3-data" })]),
      ]);
    });
    await report.step("start", "Starting the containers", async () => {
      await settle([
        this.#startSpark(plan),
        s3Image === undefined ? undefined : this.#startS3(plan, secrets, s3Image),
      ]);
    });
    await this.#ready(plan, secrets, readyTimeoutSeconds, report, signal);
  }

  async #replace(
    plan: ClusterPlan,
    secrets: ClusterSecrets,
    readyTimeoutSeconds: number,
    { report, signal }: Context,
  ): Promise<void> {
    const { project, cluster } = plan.identity;
    await report.step("stop", "Stopping the nodes of the old image", async () => {
      const containers = await this.engine.containers(clusterSelector(project, cluster));
      const nodes = containers.filter((container) =>
        ["master", "worker", "driver"].includes(roleOf(container)),
      );
      await this.engine.remove(
        "container",
        nodes.map(({ name }) => name),
      );
    });
    await report.step("start", "Starting the containers", () => this.#startSpark(plan));
    await this.#ready(plan, secrets, readyTimeoutSeconds, report, signal);
  }

  /** The driver's container is made first: through it the configuration gets into the volume that all share. */
  async #startSpark(plan: ClusterPlan): Promise<void> {
    const specs = plan.nodes.map((node) => ({ node, spec: nodeContainer(plan, node) }));
    const driver = specs.find(({ node }) => node.role === "driver");
    if (!driver) throw new Error("a plan without a driver");
    await this.engine.createContainer(driver.spec);
    await this.engine.putFiles(driver.spec.name, CONF_DIRECTORY, confFiles(plan));
    const others = specs.filter(({ node }) => node.role !== "driver");
    await settle([
      this.engine.start(driver.spec.name),
      ...others.map(({ spec }) => this.engine.runContainer(spec)),
    ]);
  }

  async #startS3(plan: ClusterPlan, secrets: ClusterSecrets, image: string): Promise<void> {
    const spec = s3Container(plan, image);
    await this.engine.createContainer(spec);
    await this.engine.putFiles(spec.name, S3_CONF_DIRECTORY, s3Files(secrets));
    await this.engine.start(spec.name);
  }

  async #ready(
    plan: ClusterPlan,
    secrets: ClusterSecrets,
    timeoutSeconds: number,
    report: Context["report"],
    signal: AbortSignal,
  ): Promise<void> {
    // The first failure ends the other wait too.
    const failure = new AbortController();
    const either = AbortSignal.any([signal, failure.signal]);
    const waits = [
      this.#workersReady(plan, timeoutSeconds, { report, signal: either }),
      plan.storage.embedded &&
        report.step("s3", "Waiting for the S3 server", () =>
          this.#prepareS3(plan, secrets, timeoutSeconds, either),
        ),
    ];
    await Promise.all(waits).catch(async (error: unknown) => {
      failure.abort();
      await Promise.allSettled(waits);
      throw error;
    });
  }

  async #workersReady(
    plan: ClusterPlan,
    timeoutSeconds: number,
    context: Pick<Context, "report" | "signal">,
  ): Promise<void> {
    const names = localNames(plan.identity);
    const { cluster } = plan.identity;
    const nodes = plan.nodes.filter((node) => node.role === "master" || node.role === "worker");
    const request = {
      expected: nodes.filter(({ role }) => role === "worker").map(({ name }) => ({ node: name, host: name })),
      worker: plan.worker,
      timeoutSeconds,
      hint: (node: string) =>
        `The cluster is kept. Look further: pyspark-deploy logs ${node} --cluster ${cluster}; remove it: pyspark-deploy destroy ${cluster}`,
      lastWords: (node: string) => this.engine.logTail(names.container(node), 30),
      ui: async () => {
        const containers = await this.engine.containers(plan.labels);
        const dead = nodes.find((node) => {
          const found = containers.find(({ name }) => name === names.container(node.name));
          return found && (!found.running || found.restarts >= MOST_RESTARTS);
        });
        if (dead) await this.#failWithLog(names.container(dead.name), dead.name);
        return loopback(
          containers.find((container) => roleOf(container) === "master")?.ports[MASTER_UI_PORT],
        );
      },
    };
    await registerWorkers(request, context);
  }

  async #failWithLog(container: string, node: string): Promise<never> {
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `The container of ${node} ended before the cluster was ready.`,
      hint: "Mend what its log says, then: pyspark-deploy destroy; pyspark-deploy create",
      output: await this.engine.logTail(container, 30),
    });
  }

  /** Ready when it answers; then the folder for event logs, without which Spark refuses to start an application. */
  async #prepareS3(
    plan: ClusterPlan,
    secrets: ClusterSecrets,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<void> {
    const name = localNames(plan.identity).container("s3");
    const endpoint = await waitUntil({
      description: "the S3 server to answer",
      timeoutSeconds,
      signal,
      hint: "See why: pyspark-deploy logs s3",
      probe: async () => {
        const container = await this.engine.container(name);
        if (container?.running === false) await this.#failWithLog(name, "s3");
        const address = loopback(container?.ports[S3_PORT]);
        const answered = address !== undefined && (await httpGet(address)) !== undefined;
        return answered ? { done: true, value: address } : { done: false, seen: "no answer yet" };
      },
    });
    const eventLog =
      plan.storage.eventLog === undefined ? undefined : parseObjectAddress(plan.storage.eventLog);
    if (!eventLog) return;
    const credentials = { accessKeyId: secrets.s3AccessKey, secretAccessKey: secrets.s3SecretKey };
    await new ObjectStore({ endpoint, region: plan.storage.region, credentials }, signal).putFolder(eventLog);
  }

  async admit(): Promise<boolean> {
    return false;
  }

  async extend(): Promise<void> {}

  async state(name: ClusterName): Promise<ClusterState> {
    const containers = await this.engine.containers(clusterSelector(name.project, name.cluster));
    const running = (role: string) =>
      containers.find((container) => roleOf(container) === role && container.running);
    const prefix = localNames(name).container("");
    return {
      nodes: containers
        .filter((container) => roleOf(container) !== "job")
        .map((container) => ({
          name: container.name.slice(prefix.length),
          role: roleOf(container),
          running: container.running,
        }))
        .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })),
      ui: loopback(running("master")?.ports[MASTER_UI_PORT]),
      s3: loopback(running("s3")?.ports[S3_PORT]),
    };
  }

  async find(project: string, { data }: { readonly data: boolean }): Promise<string[]> {
    const selector = { [`${LABEL_PREFIX}project`]: project };
    const kinds = data ? (["container", "network", "volume"] as const) : (["container", "network"] as const);
    const names = await Promise.all(
      kinds.map((kind) => this.engine.labelValues(kind, selector, `${LABEL_PREFIX}cluster`)),
    );
    return [...new Set(names.flat())].sort();
  }

  /** Looks and removes until nothing is left: what an earlier command was making when it was killed may still appear. */
  async destroy(name: ClusterName, { purge }: { readonly purge: boolean }): Promise<DestroyResult> {
    const { dataVolume } = localNames(name);
    const isKept = ({ kind, object }: Found) => !purge && kind === "volume" && object === dataVolume;
    const describe = ({ kind, object }: Found) => `${kind} ${object}`;
    const deadline = Date.now() + REMOVAL_SECONDS * 1000;
    const removed = new Set<string>();
    for (let reasons: readonly string[] = []; ; await delay(reasons.length > 0 ? 200 : 0)) {
      const found = await this.#inventory(clusterSelector(name.project, name.cluster));
      const doomed = found.filter((one) => !isKept(one));
      const left = doomed.map(describe);
      if (left.length === 0 || Date.now() > deadline) {
        for (const object of left) removed.delete(object);
        const kept = found.filter(isKept).map(describe);
        const looked = ["containers, networks and volumes with the cluster's labels"];
        return { removed: [...removed], left, reasons: left.length > 0 ? reasons : [], kept, looked };
      }
      for (const object of left) removed.add(object);
      reasons = await this.#remove(doomed);
    }
  }

  /** Removes what can be removed; returns why the rest can't. */
  async #remove(found: readonly Found[]): Promise<string[]> {
    const names = (wanted: ObjectKind) =>
      found.filter(({ kind }) => kind === wanted).map(({ object }) => object);
    const removals = [
      // Networks and volumes are in use as long as their containers are there.
      ...(await Promise.allSettled([this.engine.remove("container", names("container"))])),
      ...(await Promise.allSettled([
        this.engine.remove("network", names("network")),
        this.engine.remove("volume", names("volume")),
      ])),
    ];
    const refused = removals.flatMap((removal) =>
      removal.status === "rejected" ? [removal.reason as Error] : [],
    );
    const interrupted = refused.find((reason) => reason instanceof InterruptedError);
    if (interrupted) throw interrupted;
    return refused.map((reason) => reason.message);
  }

  async #inventory(selector: Labels): Promise<Found[]> {
    const kinds = ["container", "network", "volume"] as const;
    const names = await Promise.all(kinds.map((kind) => this.engine.list(kind, selector)));
    return kinds.flatMap((kind, index) => (names[index] ?? []).map((object) => ({ kind, object })));
  }
}
