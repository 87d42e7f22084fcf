import { randomBytes } from "node:crypto";
import type { ContainerSpec, Mount } from "../adapters/docker/container.js";
import { SPARK_USER } from "../adapters/docker/container.js";
import {
  CONF_DIRECTORY,
  DRIVER_ENVIRONMENT,
  LOCAL_DIRECTORY,
  LOCAL_DISK_ENVIRONMENT,
} from "../plan/cluster-plan.js";
import {
  COMMAND_LABEL,
  clusterLabels,
  JOB_LABEL,
  ROLE_LABEL,
  SUBMITTER_LABEL,
  TREE_LABEL,
} from "../plan/identity.js";
import { LOG_LEVEL_VARIABLE } from "../plan/log4j.js";
import { jobLimitBytes } from "../plan/sizing.js";
import type { ClusterRecord } from "../state/record.js";

export interface JobRequest {
  /** Path of the job's file in the image, relative to its working directory or absolute. */
  readonly script: string;
  readonly arguments: readonly string[];
  /** Spark properties of this job alone. */
  readonly conf: Readonly<Record<string, string>>;
  /** The least severe messages of Spark's own log to show. */
  readonly logLevel: string;
  readonly treeHash: string;
  readonly submitter: string;
  /** A folder of the laptop to run instead of the code in the image. */
  readonly mount?: { readonly source: string; readonly target: string } | undefined;
  /** Handed over through standard input of an exec, so that they stay out of argv and of the container's configuration. */
  readonly secretEnvironment?: Readonly<Record<string, string>> | undefined;
}

/** Where `run-job` waits for the secrets of a job: a named pipe on a memory file system. */
export const SECRETS_PIPE = "/run/pyspark-deploy/secrets";

/** Sorts by time, and two of the same second differ. */
export function newJobId(now: Date): string {
  const time = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${time}-${randomBytes(2).toString("hex")}`;
}

/** What the names of a cluster's containers begin with. */
export const containerPrefix = (record: ClusterRecord) => record.driver.container.replace(/driver$/, "");

export function jobContainerName(record: ClusterRecord, id: string): string {
  return `${containerPrefix(record)}job-${id}`;
}

/** The container of a job: the project's image in the driver's network, with the cluster's configuration. */
export function jobContainer(record: ClusterRecord, id: string, job: JobRequest): ContainerSpec {
  const conf = Object.entries(job.conf).flatMap(([key, value]) => ["--conf", `${key}=${value}`]);
  const { confMount, localDisk } = record.driver;
  const mounts: Mount[] = [{ ...confMount, target: CONF_DIRECTORY, readOnly: true }];
  if (localDisk !== undefined)
    mounts.push({ type: "bind", source: localDisk, target: LOCAL_DIRECTORY, readOnly: false });
  if (job.mount) mounts.push({ type: "bind", ...job.mount, readOnly: true });
  return {
    name: jobContainerName(record, id),
    image: record.image.reference,
    command: ["run-job", ...conf, job.script, ...job.arguments],
    environment: {
      ...DRIVER_ENVIRONMENT,
      ...record.driver.environment,
      ...(localDisk !== undefined && LOCAL_DISK_ENVIRONMENT),
      PYSPARK_DEPLOY_JOB: id,
      [LOG_LEVEL_VARIABLE]: job.logLevel,
      ...(job.mount && { PYSPARK_DEPLOY_SHIP_CODE: job.mount.target }),
      ...(job.secretEnvironment && { PYSPARK_DEPLOY_SECRETS: SECRETS_PIPE }),
    },
    labels: {
      ...clusterLabels(record.identity),
      [ROLE_LABEL]: "job",
      [JOB_LABEL]: id,
      [COMMAND_LABEL]: JSON.stringify([job.script, ...job.arguments]),
      [SUBMITTER_LABEL]: job.submitter,
      [TREE_LABEL]: job.treeHash,
    },
    network: `container:${record.driver.container}`,
    user: SPARK_USER,
    mounts,
    publish: [],
    limitBytes: jobLimitBytes(record.driverHeapBytes),
    restart: false,
    tmpfs: job.secretEnvironment ? ["/run/pyspark-deploy:mode=0700,uid=1000"] : [],
  };
}

/** Shell assignments, quoted so that any value passes unchanged. */
export function formatEnvironment(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([key, value]) => `${key}='${value.replace(/'/g, `'\\''`)}'\n`)
    .join("");
}
