import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRepositoryCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { socketDirectory, socketPrefix } from "../../src/adapters/ssh/sockets.js";
import { pushTag } from "../../src/plan/image-plan.js";
import { ControlClient } from "../../src/simulator/api.js";
import { Simulator } from "../../src/simulator/simulator.js";
import { AwsApi } from "../support/aws-api.js";
import { makeCluster } from "../support/aws-cluster.js";
import { Cli } from "../support/cli.js";
import { newProject } from "../support/project.js";

export const PROJECT = "probe-crash-matrix";
export const CLUSTER = "cloud";
export const REGION = "us-east-1";
export const WORKERS = 2;

/** What each verb's case is, of a cluster with WORKERS workers. */
export const VERBS = {
  create: ["create", CLUSTER],
  update: ["update", CLUSTER],
  "scale-up": ["scale", CLUSTER, String(WORKERS + 1)],
  "scale-down": ["scale", CLUSTER, String(WORKERS - 1), "--now"],
  destroy: ["destroy", CLUSTER, "--yes"],
} as const;

const CONFIG = `project: ${PROJECT}
provider: aws
workers: ${WORKERS}
storage: {s3: aws}
aws: {region: ${REGION}, masterTypes: [m6i.large], workerTypes: [m6i.large], ttl: 2h, buckets: [probe]}
profiles: {${CLUSTER}: {}}
`;

/** Another Spark configuration: there is something to update. */
export const changeConfig = (directory: string): void =>
  appendFileSync(join(directory, "pyspark-deploy.yaml"), "spark: {conf: {spark.ui.killEnabled: false}}\n");

/** A project's folder, as for every case. */
export function newFolder(): string {
  const directory = newProject();
  writeFileSync(join(directory, "pyspark-deploy.yaml"), CONFIG);
  // A light host has no systemd, under which an update pulls: what changes is the configuration alone.
  writeFileSync(join(directory, ".dockerignore"), ".pyspark-deploy\npyspark-deploy.yaml\n");
  return directory;
}

const stateOf = (directory: string) => join(directory, ".pyspark-deploy");
export const folderOf = (directory: string) => join(stateOf(directory), "clusters", CLUSTER);

/** The id of a folder's cluster; undefined before it is recorded. */
export function clusterIdIn(directory: string): string | undefined {
  const file = join(folderOf(directory), "record.json");
  if (!existsSync(file)) return undefined;
  const { identity } = JSON.parse(readFileSync(file, "utf8")) as { identity: { clusterId: string } };
  return identity.clusterId;
}

/** Records, locks and all else that a cluster leaves below its project. */
export function filesLeft(directory: string): string[] {
  if (!existsSync(stateOf(directory))) return [];
  const entries = readdirSync(stateOf(directory), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && entry.name !== ".gitignore")
    .map((entry) => `file ${join(entry.parentPath, entry.name).slice(directory.length + 1)}`);
}

export async function socketsLeft(clusterId: string | undefined): Promise<string[]> {
  if (clusterId === undefined) return [];
  const names = readdirSync(await socketDirectory());
  return names.filter((name) => name.startsWith(socketPrefix(clusterId))).map((name) => `socket ${name}`);
}

interface Built {
  readonly treeHash: string;
  readonly parityKey: string;
}

/** The image of all cases' projects, built once. */
const buildImage = (): Promise<Built> => new Cli(newFolder()).json<Built>("build");

/** What a cluster's folder holds when its hosts boot, and the id that stands in it. */
export interface Recorded {
  readonly folder: string;
  readonly clusterId: string;
}

export function keepRecord(directory: string): Recorded {
  const folder = mkdtempSync(join(tmpdir(), "psd-recorded-"));
  cpSync(folderOf(directory), folder, { recursive: true });
  return { folder, clusterId: clusterIdIn(directory) ?? "" };
}

/** An AWS account of its own: whatever is in it, a case has made. */
export class World {
  private constructor(
    readonly control: ControlClient,
    readonly env: Readonly<Record<string, string>>,
    /** What a cluster prints when it has got as far as it can; undefined where it becomes ready. */
    readonly furthest: string | undefined,
    readonly stop: () => Promise<unknown>,
  ) {}

  /** The API alone. */
  static async withoutHosts(image: Built): Promise<World> {
    const api = await AwsApi.start({ terminationSeconds: 0 });
    // The nodes pull it, and there are none: that ECR knows it is enough.
    const ecr = new ECRClient({ region: REGION, endpoint: api.url });
    const repositoryName = `pyspark-deploy/${PROJECT}`;
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { digest: image.parityKey },
      layers: [],
    });
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: pushTag(image) }));
    const furthest = `Waiting for ${1 + WORKERS} hosts to boot`;
    return new World(new ControlClient(api.url), api.env, furthest, async () => api.stop());
  }

  /** With hosts that SSH and Ansible reach; one at a time on a machine. */
  static async withLightHosts(): Promise<World> {
    const simulator = await Simulator.start({
      directory: mkdtempSync(join(tmpdir(), "psd-simulator-")),
      hosts: "light",
      profileDelaySeconds: 0,
      terminationSeconds: 0,
      build: { network: "host" },
    });
    const { env } = simulator;
    return new World(new ControlClient(env.AWS_ENDPOINT_URL ?? ""), env, undefined, () => simulator.stop());
  }

  /** A whole cluster, in the account and, when it is known how that looks, in a project's folder. */
  async makeCluster(directory: string, known: Recorded | undefined): Promise<void> {
    const names = { project: PROJECT, cluster: CLUSTER };
    const { clusterId } = await makeCluster(REGION, names, { endpoint: this.control.endpoint });
    if (!known) return;
    const { folder, clusterId: recorded } = known;
    const target = folderOf(directory);
    mkdirSync(target, { recursive: true });
    cpSync(folder, target, { recursive: true });
    for (const name of ["record.json", "ssh_config"]) {
      const file = join(target, name);
      writeFileSync(file, readFileSync(file, "utf8").replaceAll(recorded, clusterId));
    }
  }
}

/** Accounts for cases side by side: each case is alone in one. */
export class Worlds {
  readonly #free: World[];
  readonly #waiting: ((world: World) => void)[] = [];

  private constructor(private readonly all: readonly World[]) {
    this.#free = [...all];
  }

  /** So many without hosts, or the one with light hosts. */
  static async start(hosts: "none" | "light", count: number): Promise<Worlds> {
    // For our own calls; the cases' commands get theirs.
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIASIMULATED", AWS_SECRET_ACCESS_KEY: "simulated" });
    const image = await buildImage();
    if (hosts === "light") return new Worlds([await World.withLightHosts()]);
    return new Worlds(await Promise.all(Array.from({ length: count }, () => World.withoutHosts(image))));
  }

  /** In a world that nobody else is in; waits until there is one. */
  async within<T>(work: (world: World) => Promise<T>): Promise<T> {
    const world = this.#free.pop() ?? (await new Promise<World>((take) => this.#waiting.push(take)));
    return work(world).finally(() => {
      const next = this.#waiting.shift();
      if (next) next(world);
      else this.#free.push(world);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((world) => world.stop()));
  }
}
