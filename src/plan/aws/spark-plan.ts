import type { Config } from "../../config/schema.js";
import { parseBytes } from "../../config/size.js";
import {
  type ClusterPlan,
  type ClusterSecrets,
  type PlannedImage,
  planConfFiles,
  QUICK_START,
} from "../cluster-plan.js";
import { type ClusterIdentity, clusterLabels } from "../identity.js";
import { s3Pools } from "../spark-conf.js";
import type { InstanceShape } from "./shapes.js";
import { driverHeap, sizeInstance } from "./sizing.js";
import type { Surroundings } from "./surroundings.js";

/** What Spark on EC2 is sized to: the least of the types that there may be of each role. */
export interface NodeShapes {
  readonly master: InstanceShape;
  readonly worker: InstanceShape;
}

export interface AwsSparkRequest {
  readonly config: Config;
  readonly identity: ClusterIdentity;
  /** By digest. */
  readonly image: PlannedImage;
  readonly region: string;
  /** When the nodes end themselves: ISO 8601, UTC. */
  readonly expires: string;
  readonly shapes: NodeShapes;
  readonly workers: number;
  readonly secrets: Pick<ClusterSecrets, "sparkSecret">;
  readonly surroundings: Surroundings;
}

/** What the hosts of a cluster on AWS run: all of its plan that can change while its machines stay. */
export interface AwsSparkPlan extends Omit<ClusterPlan, "nodes"> {
  readonly region: string;
  readonly expires: string;
  readonly readyTimeoutSeconds: number;
  readonly masterShape: InstanceShape;
  readonly workerShape: InstanceShape;
  /** Of every container, beside its own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Fewer cores than this and a driver is a laptop's: quick to start rather than quick in the long run. */
const BIG_MASTER_CORES = 4;

function planStorage({ storage: { s3, region, eventLog, profile } }: Config): ClusterPlan["storage"] {
  return {
    embedded: false,
    endpoint: s3 === "aws" || s3 === "embedded" ? undefined : s3,
    region,
    // Who names a profile wants jobs to have that profile's rights, not the machines'.
    credentials: profile === undefined ? "instance-profile" : "job",
    eventLog,
  };
}

/**
 * What machines of these shapes run.
 * @throws UserError (exit code 2) when one of them is too small for it.
 */
export function planAwsSpark(request: AwsSparkRequest): AwsSparkPlan {
  const { config, identity, image, region, expires, workers, secrets, surroundings } = request;
  const { master: masterShape, worker: workerShape } = request.shapes;
  const worker = sizeInstance(workerShape, config.spark.workload);
  const asked = config.driver.memory;
  const driverHeapBytes = driverHeap(masterShape, asked === undefined ? undefined : parseBytes(asked));
  const storage = planStorage(config);
  const { javaOptions, environment, files } = surroundings;
  const quick = masterShape.cores < BIG_MASTER_CORES ? [QUICK_START] : [];
  const confFiles = planConfFiles({
    driverHeapBytes,
    driverJavaOptions: [...quick, ...(javaOptions === undefined ? [] : [javaOptions])].join(" ") || undefined,
    executorJavaOptions: javaOptions,
    worker,
    storage,
    s3Pools: s3Pools(Math.floor(worker.cores / worker.executors)),
    user: config.spark.conf,
    secrets,
  });
  return {
    identity,
    labels: clusterLabels(identity),
    image,
    region,
    expires,
    readyTimeoutSeconds: config.readyTimeout,
    worker,
    workers,
    workerShape,
    masterShape,
    driverHeapBytes,
    storage,
    confFiles: [...confFiles, ...files],
    environment,
  };
}
