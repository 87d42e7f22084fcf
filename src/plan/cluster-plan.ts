import { type Config, DEFAULT_DRIVER_MEMORY, DEFAULT_EVENT_LOG } from "../config/schema.js";
import { parseBytes } from "../config/size.js";
import { type ClusterIdentity, clusterLabels, type Labels } from "./identity.js";
import { LOG4J_PROPERTIES } from "./log4j.js";
import { type Machine, sizeLocalWorker, type WorkerSize } from "./sizing.js";
import { formatProperties, type SparkConfRequest, type StoragePlan, sparkProperties } from "./spark-conf.js";
import { jvmSize } from "./units.js";

export type NodeRole = "master" | "worker" | "driver" | "s3";

/** One container of a cluster. */
export interface NodePlan {
  /** Its name within the cluster, its host name, and how the others reach it. */
  readonly name: string;
  readonly role: NodeRole;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly limitBytes: number | undefined;
}

/** A file that a node finds before its program starts. */
export interface PlannedFile {
  /** Relative to the folder it is put in. */
  readonly path: string;
  readonly content: string;
  /** Of the content, where it is not text. */
  readonly encoding?: "base64" | undefined;
  readonly secret: boolean;
}

/** Everything about a cluster that is decided before anything is created. */
export interface ClusterPlan {
  readonly identity: ClusterIdentity;
  readonly labels: Labels;
  readonly image: PlannedImage;
  readonly worker: WorkerSize;
  readonly workers: number;
  readonly nodes: readonly NodePlan[];
  /** The content of SPARK_CONF_DIR, the same on every node. */
  readonly confFiles: readonly PlannedFile[];
  readonly storage: StoragePlan & { readonly embedded: boolean };
  readonly driverHeapBytes: number;
}

export interface PlannedImage {
  readonly reference: string;
  readonly parityKey: string;
  readonly treeHash: string;
}

/** Made at random for each cluster; kept in the record with mode 0600. */
export interface ClusterSecrets {
  readonly sparkSecret: string;
  readonly s3AccessKey: string;
  readonly s3SecretKey: string;
}

export const CONF_DIRECTORY = "/opt/spark/conf";
const MASTER_PORT = 7077;
/** The same on every provider: hosts know the names. */
const MASTER_URL = `spark://master:${MASTER_PORT}`;
const DRIVER_HOST = "driver";
export const MASTER_UI_PORT = 8080;
const WORKER_UI_PORT = 8081;
export const S3_PORT = 9000;

/** Compiles once and lightly, collects with one thread: a JVM that plans and coordinates is ready sooner this way. */
export const QUICK_START = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1";

const DAEMON_ENVIRONMENT = { SPARK_DAEMON_MEMORY: "512m", SPARK_DAEMON_JAVA_OPTS: QUICK_START };

/** Under which name a node is known; without it a daemon's links would point to spark.driver.host. */
const hostEnvironment = (name: string) => ({ SPARK_LOCAL_HOSTNAME: name, SPARK_PUBLIC_DNS: name });

/** Where AWS SDKs look, on every node. */
export const AWS_FILES = {
  AWS_SHARED_CREDENTIALS_FILE: `${CONF_DIRECTORY}/aws/credentials`,
  AWS_CONFIG_FILE: `${CONF_DIRECTORY}/aws/config`,
};

function planStorage(config: Config): ClusterPlan["storage"] {
  const { s3, region, eventLog } = config.storage;
  if (s3 === "embedded") {
    return {
      embedded: true,
      endpoint: `http://s3:${S3_PORT}`,
      region,
      credentials: "files",
      eventLog: eventLog ?? DEFAULT_EVENT_LOG,
    };
  }
  return { embedded: false, endpoint: s3 === "aws" ? undefined : s3, region, credentials: "job", eventLog };
}

/** The master daemon. */
export function masterNode(): NodePlan {
  return {
    name: "master",
    role: "master",
    command: [
      "spark-class",
      "org.apache.spark.deploy.master.Master",
      "--host",
      "master",
      "--port",
      String(MASTER_PORT),
      "--webui-port",
      String(MASTER_UI_PORT),
    ],
    environment: { ...DAEMON_ENVIRONMENT, ...hostEnvironment("master") },
    limitBytes: undefined,
  };
}

const workerName = (index: number) => `worker-${index + 1}`;

/** A worker daemon, and the host name under which the others reach it. */
export function workerNode(name: string, size: WorkerSize, host = name): NodePlan {
  return {
    name,
    role: "worker",
    command: [
      ...["start-worker", "master", String(MASTER_UI_PORT)],
      ...["--host", host, "--webui-port", String(WORKER_UI_PORT)],
      ...["--cores", String(size.cores), "--memory", jvmSize(size.executorHeapBytes * size.executors)],
      MASTER_URL,
    ],
    environment: { ...DAEMON_ENVIRONMENT, ...hostEnvironment(host) },
    limitBytes: size.limitBytes,
  };
}

/** A worker in a container of a user's own engine. */
export function localWorker(name: string, size: WorkerSize): NodePlan {
  const node = workerNode(name, size);
  return { ...node, environment: { ...node.environment, ...AWS_FILES } };
}

/** Does nothing but hold the network and the shell: jobs and logins join it. */
export function driverNode(): NodePlan {
  return {
    name: DRIVER_HOST,
    role: "driver",
    command: ["sleep", "infinity"],
    environment: hostEnvironment(DRIVER_HOST),
    limitBytes: undefined,
  };
}

/** What AWS SDKs beside Spark's (boto3, s3fs, DuckDB) need to find the same objects. */
function awsFiles(storage: StoragePlan, secrets: Partial<ClusterSecrets>): PlannedFile[] {
  const endpoint =
    storage.endpoint === undefined
      ? ""
      : `endpoint_url = ${storage.endpoint}\ns3 =\n  addressing_style = path\n`;
  const files = [
    { path: "aws/config", content: `[default]\nregion = ${storage.region}\n${endpoint}`, secret: false },
  ];
  if (storage.credentials !== "files") return files;
  const credentials = `[default]\naws_access_key_id = ${secrets.s3AccessKey}\naws_secret_access_key = ${secrets.s3SecretKey}\n`;
  return [...files, { path: "aws/credentials", content: credentials, secret: true }];
}

export type ConfRequest = Omit<SparkConfRequest, "masterUrl" | "driverHost" | "secret"> & {
  readonly secrets: Pick<ClusterSecrets, "sparkSecret"> & Partial<ClusterSecrets>;
};

/** The content of SPARK_CONF_DIR, the same on every node. */
export function planConfFiles({ secrets, ...request }: ConfRequest): PlannedFile[] {
  const properties = sparkProperties({
    ...request,
    masterUrl: MASTER_URL,
    driverHost: DRIVER_HOST,
    secret: secrets.sparkSecret,
  });
  return [
    { path: "spark-defaults.conf", content: formatProperties(properties), secret: true },
    { path: "log4j2.properties", content: LOG4J_PROPERTIES, secret: false },
    ...awsFiles(request.storage, secrets),
  ];
}

export interface LocalPlanRequest {
  readonly config: Config;
  readonly identity: ClusterIdentity;
  readonly image: PlannedImage;
  readonly machine: Machine;
  readonly secrets: ClusterSecrets;
  /** Workers of a cluster that runs, whatever the config says by now: it only decides their size. */
  readonly running?: number;
}

/** The plan of a cluster whose nodes are containers of one Docker engine. */
export function planLocalCluster({
  config,
  identity,
  image,
  machine,
  secrets,
  running,
}: LocalPlanRequest): ClusterPlan {
  const workers = running ?? config.workers;
  const size = sizeLocalWorker(machine, {
    workers: config.workers,
    cores: config.worker.cores,
    memory: config.worker.memory,
    workload: config.spark.workload,
  });
  const storage = planStorage(config);
  const driverHeapBytes = parseBytes(config.driver.memory ?? DEFAULT_DRIVER_MEMORY);
  const nodes = [
    masterNode(),
    ...Array.from({ length: workers }, (_, index) => workerNode(workerName(index), size)),
    driverNode(),
  ].map((node) => ({ ...node, environment: { ...node.environment, ...AWS_FILES } }));
  return {
    identity,
    labels: clusterLabels(identity),
    image,
    worker: size,
    workers,
    nodes,
    confFiles: planConfFiles({
      driverHeapBytes,
      driverJavaOptions: QUICK_START,
      worker: size,
      storage,
      user: config.spark.conf,
      secrets,
    }),
    storage,
    driverHeapBytes,
  };
}

/** The environment of anything that runs beside the driver: jobs, logins, `exec`. */
export const DRIVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  ...driverNode().environment,
  ...AWS_FILES,
};

/** Where a host's own disk is in containers whose work spills. */
export const LOCAL_DIRECTORY = "/var/lib/spark";

/** Spills and shuffles go to the host's disk, not into the container's layer. */
export const LOCAL_DISK_ENVIRONMENT: Readonly<Record<string, string>> = {
  SPARK_LOCAL_DIRS: `${LOCAL_DIRECTORY}/local`,
  SPARK_WORKER_DIR: `${LOCAL_DIRECTORY}/work`,
};
