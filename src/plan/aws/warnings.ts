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
    ...(open === undefined ? [] : [`SSH is open to the whole internet (${open}).`]),
  ];
}
