import type { WorkerSize } from "./sizing.js";
import { jvmSize } from "./units.js";

export type SparkProperties = Readonly<Record<string, string>>;

/** Where Spark finds its objects, and with whose credentials. */
export interface StoragePlan {
  /** The S3 server as the nodes reach it; undefined means Amazon S3. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /**
   * `files`: a credentials file that every node has; `job`: short-lived ones that each job brings along;
   * `instance-profile`: those of the machine itself.
   */
  readonly credentials: "files" | "job" | "instance-profile";
  readonly eventLog: string | undefined;
}

export interface SparkConfRequest {
  readonly masterUrl: string;
  /** The name under which executors reach every driver. */
  readonly driverHost: string;
  readonly driverHeapBytes: number;
  /** Options of every driver's JVM, beside those that users add. */
  readonly driverJavaOptions: string | undefined;
  /** The same of every executor's. */
  readonly executorJavaOptions?: string | undefined;
  readonly worker: WorkerSize;
  readonly storage: StoragePlan;
  /** Other than a laptop's. */
  readonly s3Pools?: S3Pools | undefined;
  /** The user's own properties: they win. */
  readonly user: SparkProperties;
  /** The cluster's shared secret for Spark's RPC. */
  readonly secret: string;
}

/** Commit by completing multipart uploads: no rename, so no copy, and no half-written result. */
const MAGIC_COMMITTER: SparkProperties = {
  "spark.hadoop.fs.s3a.committer.name": "magic",
  // What a task has written is remembered, not written to S3 and listed again: a third less time for many small files.
  "spark.hadoop.fs.s3a.committer.magic.track.commits.in.memory.enabled": "true",
  "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a":
    "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
  // Of the base image: Spark's PathOutputCommitProtocol, which can also overwrite single partitions.
  "spark.sql.sources.commitProtocolClass": "pysparkdeploy.S3CommitProtocol",
  "spark.sql.parquet.output.committer.class":
    "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
};

/** How much of S3 each JVM uses at once. */
export interface S3Pools {
  readonly threads: number;
  readonly connections: number;
}

const LAPTOP_POOLS: S3Pools = { threads: 96, connections: 500 };

/**
 * Eight threads for each core: a task reads and uploads several ranges at once. Hadoop wants more connections than threads,
 * or threads starve (its S3A performance guide).
 */
export function s3Pools(executorCores: number): S3Pools {
  const threads = Math.min(512, Math.max(LAPTOP_POOLS.threads, executorCores * 8));
  return { threads, connections: Math.max(LAPTOP_POOLS.connections, threads * 4) };
}

const S3A: SparkProperties = {
  "spark.hadoop.fs.s3a.create.performance": "true",
  "spark.hadoop.fs.s3a.input.stream.type": "analytics",
};

const ENGINE: SparkProperties = {
  "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
  "spark.sql.parquet.compression.codec": "zstd",
  "spark.sql.execution.arrow.pyspark.enabled": "true",
  "spark.speculation": "false",
  "spark.decommission.enabled": "true",
  "spark.storage.decommission.enabled": "true",
  "spark.storage.decommission.rddBlocks.enabled": "true",
  "spark.storage.decommission.shuffleBlocks.enabled": "true",
  // Spark looks for files that tasks have written meanwhile only so often, and an executor that has moved all goes after the
  // next look: 30 s by default, of the two minutes that a spot machine has (BlockManagerDecommissioner of Spark 4.3).
  "spark.storage.decommission.replicationReattemptInterval": "3s",
  // To know for a while who was decommissioned, so that failed fetches from there don't count against the stage (SPARK-40481).
  "spark.scheduler.maxRetainedRemovedDecommissionExecutors": "100",
  "spark.worker.cleanup.enabled": "true",
  // A progress bar made of carriage returns is noise in a log that is followed.
  "spark.ui.showConsoleProgress": "false",
  "spark.ui.reverseProxy": "true",
};

const SECURITY: SparkProperties = {
  "spark.authenticate": "true",
  "spark.network.crypto.enabled": "true",
  // The REST submission server can't authenticate, and the master refuses to start with both.
  "spark.master.rest.enabled": "false",
};

/** Without an entry S3A looks at a chain of places, and names them all when it finds nothing. */
const CREDENTIALS_PROVIDER: Readonly<Record<StoragePlan["credentials"], string | undefined>> = {
  files: "software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider",
  "instance-profile": "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
  job: undefined,
};

function storageProperties(storage: StoragePlan, pools: S3Pools): SparkProperties {
  const provider = CREDENTIALS_PROVIDER[storage.credentials];
  return {
    ...MAGIC_COMMITTER,
    "spark.hadoop.fs.s3a.connection.maximum": String(pools.connections),
    "spark.hadoop.fs.s3a.threads.max": String(pools.threads),
    ...S3A,
    "spark.hadoop.fs.s3a.endpoint.region": storage.region,
    ...(storage.endpoint !== undefined && {
      "spark.hadoop.fs.s3a.endpoint": storage.endpoint,
      "spark.hadoop.fs.s3a.path.style.access": "true",
      "spark.hadoop.fs.s3a.connection.ssl.enabled": String(storage.endpoint.startsWith("https:")),
    }),
    ...(provider !== undefined && { "spark.hadoop.fs.s3a.aws.credentials.provider": provider }),
    ...(storage.eventLog !== undefined && {
      "spark.eventLog.enabled": "true",
      "spark.eventLog.dir": storage.eventLog,
      "spark.eventLog.rolling.enabled": "true",
      "spark.eventLog.rolling.maxFileSize": "10m",
      "spark.eventLog.compress": "true",
    }),
  };
}

/** Every property of spark-defaults.conf, the same on the driver, the master and the workers. */
export function sparkProperties(request: SparkConfRequest): SparkProperties {
  return {
    "spark.master": request.masterUrl,
    "spark.driver.host": request.driverHost,
    "spark.driver.bindAddress": "0.0.0.0",
    ...(request.driverJavaOptions !== undefined && {
      "spark.driver.defaultJavaOptions": request.driverJavaOptions,
    }),
    ...(request.executorJavaOptions !== undefined && {
      "spark.executor.defaultJavaOptions": request.executorJavaOptions,
    }),
    "spark.driver.memory": jvmSize(request.driverHeapBytes),
    "spark.executor.memory": jvmSize(request.worker.executorHeapBytes),
    "spark.executor.cores": String(Math.max(1, Math.floor(request.worker.cores / request.worker.executors))),
    ...ENGINE,
    ...storageProperties(request.storage, request.s3Pools ?? LAPTOP_POOLS),
    ...SECURITY,
    ...request.user,
    "spark.authenticate.secret": request.secret,
  };
}

/** Text of a .conf or .properties file as java.util.Properties reads it. */
export function formatProperties(properties: Readonly<Record<string, string>>): string {
  const escaped = (text: string) =>
    text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/^\s/, "\\$&");
  return Object.entries(properties)
    .map(([key, value]) => `${key.replace(/[\s:=\\]/g, "\\$&")} ${escaped(value)}\n`)
    .join("");
}
