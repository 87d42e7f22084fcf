import { ExitCode, UserError } from "../../errors.js";
import {
  DAEMON_BYTES,
  jobLimitBytes,
  sizeWorker,
  usableMemory,
  type WorkerSize,
  type Workload,
} from "../sizing.js";
import { formatMiB, GIB, MIB } from "../units.js";
import type { InstanceShape } from "./shapes.js";

/**
 * What the kernel of a machine sees of its type's nominal memory, at least: hypervisor and firmware take the rest. Karpenter
 * found that 7.5 % cover every known type (its VM_MEMORY_OVERHEAD_PERCENT; aws/karpenter-provider-aws issue 7929).
 */
const VISIBLE_SHARE = 0.925;

/** For kernel, Docker, sshd and the node's timers. */
export const HOST_BYTES = GIB;

/** More would double the size of the JVM's pointers, and no driver needs it. */
const LARGEST_DRIVER_BYTES = 30 * GIB;
const SMALLEST_DRIVER_BYTES = 512 * MIB;
const DRIVER_SHARE = 1 / 4;

/** What containers may take of a machine of this type. */
export function hostLimitBytes({ memoryBytes }: InstanceShape): number {
  return Math.min(usableMemory(memoryBytes), memoryBytes * VISIBLE_SHARE - HOST_BYTES);
}

/**
 * The worker of a machine: it gets all cores, and all memory that the machine does not need itself.
 * @throws UserError (exit code 2) when the type is too small for an executor.
 */
export function sizeInstance(shape: InstanceShape, workload: Workload): WorkerSize {
  const hint = `Choose a type with 4 GiB or more than ${shape.type}, for example: aws: {workerTypes: [m7i.large]}`;
  return sizeWorker(shape.cores, Math.max(0, hostLimitBytes(shape)), workload, hint);
}

/**
 * The heap of each job's driver on this master: what was asked for, or a quarter of what is left beside the daemon.
 * @throws UserError (exit code 2) when not even one driver fits.
 */
export function driverHeap(master: InstanceShape, asked: number | undefined): number {
  const spare = Math.max(0, hostLimitBytes(master) - DAEMON_BYTES);
  const share = Math.floor((spare * DRIVER_SHARE) / MIB) * MIB;
  const heap = asked ?? Math.min(LARGEST_DRIVER_BYTES, Math.max(SMALLEST_DRIVER_BYTES, share));
  const limit = jobLimitBytes(heap);
  if (limit <= spare) return heap;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `${master.type} is too small for the master: a job's driver with ${formatMiB(heap)} of heap may take ${formatMiB(limit)}, and ${formatMiB(spare)} are left for drivers.`,
    hint:
      asked === undefined
        ? "Choose a type with 8 GiB or more, for example: aws: {masterTypes: [m7i.large]}"
        : "Lower driver.memory, or choose a larger type in aws.masterTypes.",
  });
}

/** The type to which everything is sized where several may be launched: the least of each. */
export function smallestShape(shapes: readonly [InstanceShape, ...InstanceShape[]]): InstanceShape {
  const [first, ...others] = shapes;
  return others.reduce(
    (least, shape) => ({
      ...(shape.memoryBytes < least.memoryBytes ? shape : least),
      cores: Math.min(least.cores, shape.cores),
      memoryBytes: Math.min(least.memoryBytes, shape.memoryBytes),
    }),
    first,
  );
}
