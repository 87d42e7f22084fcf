import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { ExitCode, UserError } from "../errors.js";
import { RECORD_FILE, recordedClusters, recordsDirectory, STATE_DIRECTORY } from "./names.js";

export { STATE_DIRECTORY };

export const SECRETS_FILE = "secrets.json";

/** What a type of machine has; see InstanceShape. */
const shapeSchema = z.object({
  type: z.string(),
  architecture: z.enum(["amd64", "arm64"]),
  cores: z.int(),
  memoryBytes: z.number(),
  instanceStoreDisks: z.int(),
  instanceStoreBytes: z.number(),
});

/** A cluster's machines in a cloud. */
const cloudSchema = z.object({
  region: z.string(),
  /** The AWS profile of the person who made it. */
  profile: z.string().optional(),
  /** The role as whom it was made. */
  role: z
    .object({ arn: z.string(), externalId: z.string().optional(), sessionName: z.string().optional() })
    .optional(),
  network: z
    .object({
      /** "user@host:port" through which the nodes' private addresses are reached. */
      bastion: z.string().optional(),
      /** The nodes have no public addresses. */
      private: z.boolean(),
      /** Hosts and ranges of addresses that nodes reach without their proxy. */
      direct: z.array(z.string()),
    })
    .optional(),
  /** When the nodes switch themselves off: ISO 8601, UTC. */
  deadline: z.string(),
  /** US dollars an hour, as known when the cluster was made, and where that comes from. */
  price: z
    .object({
      perHour: z.number(),
      source: z.string(),
      unknown: z.array(z.string()),
      /** Of a cluster with spot workers: what it would cost on demand, and which spot prices it was counted with. */
      spot: z.object({ onDemandPerHour: z.number(), says: z.string() }).optional(),
    })
    .optional(),
  securityGroup: z.string().optional(),
  /** What Spark is sized to. */
  shapes: z.object({ master: shapeSchema, worker: shapeSchema }).optional(),
  /** What Terraform was asked for and got, by its keys: what a cluster that grows adds to. */
  fleets: z
    .array(
      z.object({
        key: z.string(),
        role: z.enum(["master", "worker"]),
        market: z.enum(["on-demand", "spot"]),
        zone: z.string(),
        /** In order of preference. */
        types: z.array(z.string()),
        count: z.int(),
      }),
    )
    .optional(),
  /** The highest number that a worker ever had: names are not given twice. */
  workersNamed: z.int().optional(),
  nodes: z.array(
    z.object({
      name: z.string(),
      role: z.enum(["master", "worker"]),
      instance: z.string(),
      type: z.string(),
      zone: z.string(),
      privateIp: z.string(),
      /** As this machine reaches it. */
      address: z.string(),
      /** Absent: on demand. */
      market: z.literal("spot").optional(),
      /** What the node said it runs; absent until it was configured. */
      parityKey: z.string().optional(),
      /** The public key that its SSH server shows: who has the record checks it from his first connection. */
      hostKey: z.string().optional(),
    }),
  ),
  /** Public keys of teammates that the nodes took at boot. */
  sshKeys: z.array(z.string()).optional(),
});

const recordSchema = z.object({
  schema: z.literal(1),
  provider: z.enum(["local", "aws"]),
  profile: z.string(),
  identity: z.object({
    project: z.string(),
    cluster: z.string(),
    clusterId: z.string(),
    created: z.string(),
    owner: z.string(),
    version: z.string(),
  }),
  phase: z.enum(["creating", "ready", "updating", "destroying"]),
  image: z.object({ reference: z.string(), parityKey: z.string(), treeHash: z.string() }),
  workers: z.int(),
  workerCores: z.int(),
  workerMemoryBytes: z.int(),
  driverHeapBytes: z.int(),
  storage: z.object({
    embedded: z.boolean(),
    endpoint: z.string().optional(),
    region: z.string(),
    credentials: z.enum(["files", "job", "instance-profile"]),
    eventLog: z.string().optional(),
    profile: z.string().optional(),
  }),
  /** The Docker host that holds the driver container: all that submit, login, exec, cp and logs need to know. */
  driver: z.object({
    /** Absent where the engine is the user's own; else the node to reach by the ssh_config beside the record. */
    sshHost: z.string().optional(),
    container: z.string(),
    confMount: z.object({ type: z.enum(["volume", "bind"]), source: z.string() }),
    /** The host's folder to spill to; absent where that is the container's own file system. */
    localDisk: z.string().optional(),
    /** True where the engine sees the laptop's files, so that --mount can bind them. */
    sharesFiles: z.boolean(),
    /** What jobs have in their environment beside what every job has: proxies, authorities. */
    environment: z.record(z.string(), z.string()).optional(),
  }),
  cloud: cloudSchema.optional(),
  waterfall: z.array(z.object({ step: z.string(), start: z.number(), end: z.number() })),
});

/** All that is known of a cluster between two commands. */
export type ClusterRecord = z.output<typeof recordSchema>;

/** The command that makes this cluster. */
export function createCommand({ profile, identity: { cluster } }: ClusterRecord): string {
  return `pyspark-deploy create ${profile}${cluster === profile ? "" : ` --name ${cluster}`}`;
}

const secretsSchema = z.object({
  sparkSecret: z.string(),
  s3AccessKey: z.string(),
  s3SecretKey: z.string(),
  /** What the cluster was made from, or last updated to; properties of it may be secret. */
  config: z.unknown().optional(),
});
export type RecordedSecrets = z.output<typeof secretsSchema>;

/** Where the records of a project's clusters are. */
export interface Records {
  /** The cluster's folder on this machine: keys, ssh_config, Terraform's files. */
  directory(cluster: string): string;
  names(): Promise<string[]>;
  /** Those that this folder alone knows; asks nobody. */
  namesHere(): Promise<string[]>;
  read(cluster: string): Promise<ClusterRecord | undefined>;
  secrets(cluster: string): Promise<RecordedSecrets | undefined>;
  write(record: ClusterRecord): Promise<void>;
  writeSecrets(cluster: string, secrets: RecordedSecrets): Promise<void>;
  remove(cluster: string): Promise<void>;
}

function parse<T>(text: string, schema: z.ZodType<T>, place: string, cluster: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError({
      exitCode: ExitCode.stateConflict,
      message: `${place} can't be read: it is damaged, or another version of pyspark-deploy wrote it.`,
      hint: `Remove the cluster by its labels: pyspark-deploy destroy ${cluster}`,
      cause,
    });
  }
}

/** A record as it is kept. @throws UserError (exit code 6) that names `place` when it is none. */
export const parseRecord = (text: string, place: string, cluster: string): ClusterRecord =>
  parse(text, recordSchema, place, cluster);

/** The same for its secrets. */
export const parseSecrets = (text: string, place: string, cluster: string): RecordedSecrets =>
  parse(text, secretsSchema, place, cluster);

/** As records and secrets are kept. */
export const storedText = (content: ClusterRecord | RecordedSecrets): string =>
  `${JSON.stringify(content, null, 2)}\n`;

/** The records of a project's clusters: one folder each, under the project. */
export class RecordStore implements Records {
  readonly #root: string;

  constructor(private readonly projectDirectory: string) {
    this.#root = recordsDirectory(projectDirectory);
  }

  directory(cluster: string): string {
    return join(this.#root, cluster);
  }

  async names(): Promise<string[]> {
    return recordedClusters(this.projectDirectory);
  }

  namesHere(): Promise<string[]> {
    return this.names();
  }

  async read(cluster: string): Promise<ClusterRecord | undefined> {
    return this.#readJson(join(this.directory(cluster), RECORD_FILE), parseRecord);
  }

  async secrets(cluster: string): Promise<RecordedSecrets | undefined> {
    return this.#readJson(join(this.directory(cluster), SECRETS_FILE), parseSecrets);
  }

  async #readJson<T>(
    file: string,
    read: (text: string, place: string, cluster: string) => T,
  ): Promise<T | undefined> {
    if (!existsSync(file)) return undefined;
    return read(await readFile(file, "utf8").catch(() => ""), file, basename(dirname(file)));
  }

  async write(record: ClusterRecord): Promise<void> {
    await this.#writeJson(record.identity.cluster, RECORD_FILE, record, 0o644);
  }

  async writeSecrets(cluster: string, secrets: RecordedSecrets): Promise<void> {
    await this.#writeJson(cluster, SECRETS_FILE, secrets, 0o600);
  }

  async #writeJson(
    cluster: string,
    file: string,
    content: ClusterRecord | RecordedSecrets,
    mode: number,
  ): Promise<void> {
    const directory = this.directory(cluster);
    const { default: writeFileAtomic } = await import("write-file-atomic");
    try {
      await mkdir(directory, { recursive: true });
      // Nothing of the record belongs into anybody's repository.
      await writeFileAtomic(join(this.#root, "..", ".gitignore"), "*\n");
      await writeFileAtomic(join(directory, file), storedText(content), { mode });
    } catch (cause) {
      throw new UserError({
        exitCode: ExitCode.stateConflict,
        message: `What is known of "${cluster}" can't be written to ${join(directory, file)}: ${(cause as Error).message}`,
        hint: `Free space or correct the folder's permissions; what was made of the cluster goes with: pyspark-deploy destroy ${cluster}`,
        cause,
      });
    }
  }

  async remove(cluster: string): Promise<void> {
    await rm(this.directory(cluster), { recursive: true, force: true });
  }
}
