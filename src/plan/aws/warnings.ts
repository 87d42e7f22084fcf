import type { Config } from "../../config/schema.js";
import type { WorkerSize } from "../sizing.js";
import { formatMiB, MIB } from "../units.js";
import type { InstanceShape } from "./shapes.js";

/** Below this an executor spends its time collecting garbage. */
const COMFORTABLE_HEAP_BYTES = 1024 * MIB;

const isBurstable = ({ type }: InstanceShape) => /^t\d/.test(type);

interface Planned {
  readonly masterShape: InstanceShape;
  readonly workerShapes: readonly InstanceShape[];
  readonly worker: WorkerSize;
  readonly sshCidrs: readonly string[];
}

/** What one has to know of machines that AWS may take back. */
function spotWarnings({ workers, spark: { conf } }: Config, types: readonly InstanceShape[]): string[] {
  const keeps = ["spark.decommission.enabled", "spark.storage.decommission.enabled"];
  const off = keeps.find((key) => conf[key] === "false");
  return [
    workers === 1
      ? "The only worker is a spot machine: when AWS takes it back, no other can take over its shuffle and cached data, and jobs wait for another worker."
      : "The workers are spot machines: AWS may take any of them back with two minutes' notice. Their shuffle and cached data move to the others as far as that suffices; the rest is computed again.",
    ...(off === undefined ? [] : [`With ${off}: false nothing moves before a spot machine goes.`]),
    ...(types.length === 1
      ? [
          "Only one worker type is named: with several AWS has spot machines more often, and takes fewer back.",
        ]
      : []),
  ];
}

/** Sentences about what is allowed, and probably not what somebody wants. */
export function warningsOf(
  config: Config,
  { masterShape, workerShapes, worker, sshCidrs }: Planned,
): string[] {
  const { aws, storage } = config;
  const burstable = [masterShape, ...workerShapes].find(isBurstable);
  const sizes = new Set(workerShapes.map(({ cores, memoryBytes }) => `${cores} ${memoryBytes}`));
  const open = sshCidrs.find((cidr) => cidr.endsWith("/0"));
  return [
    ...(storage.s3 === "aws" &&
    storage.profile === undefined &&
    aws.buckets.length + (aws.instanceProfile ? 1 : 0) === 0
      ? [
          "No buckets are named, so jobs can't read or write any: add, for example, aws: {buckets: [my-bucket]}",
        ]
      : []),
    ...(burstable
      ? [
          `${burstable.type} is burstable: once its CPU credits are used up it runs at a fraction of its speed.`,
        ]
      : []),
    ...(sizes.size > 1
      ? [
          `The worker types differ in size: Spark uses ${worker.cores} cores and ${formatMiB(worker.limitBytes)} of each, whichever AWS launches.`,
        ]
      : []),
    ...(worker.executorHeapBytes < COMFORTABLE_HEAP_BYTES
      ? [`Executors get only ${formatMiB(worker.executorHeapBytes)} of heap: choose larger worker types.`]
      : []),
    ...(aws.market === "spot" ? spotWarnings(config, workerShapes) : []),
    ...(open === undefined ? [] : [`SSH is open to the whole internet (${open}).`]),
  ];
}
