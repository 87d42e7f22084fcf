import { parseBytes } from "../config/size.js";
import { ExitCode, UserError } from "../errors.js";
import { formatMiB, GIB, MIB } from "./units.js";

/** A machine, or a Docker engine, that nodes run on. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

export type Workload = "sql" | "python" | "pandas";

export interface WorkerSize {
  readonly cores: number;
  /** Hard limit of everything on the worker: daemon, executors, Python. */
  readonly limitBytes: number;
  /** Heap of one executor; standalone schedules by heap alone. */
  readonly executorHeapBytes: number;
  readonly executors: number;
}

/** Share of a worker's usable memory that goes to the JVM heap; the rest is for Python, Arrow and Netty. */
const HEAP_SHARE: Record<Workload, number> = { sql: 0.8, python: 0.7, pandas: 0.55 };

/** That share of a workload, from 0 to 1. */
export const heapShare = (workload: Workload): number => HEAP_SHARE[workload];

/** Share of a laptop's usable memory that workers may take; the rest is for drivers, S3 and its other programs. */
export const LAPTOP_SHARE = 0.6;

/** The daemon of a worker or a master: 512 MiB of heap, and what a JVM needs beside it. */
export const DAEMON_BYTES = 640 * MIB;

/** Above this a garbage collection takes too long: split into several executors. */
const LARGEST_HEAP_BYTES = 64 * GIB;

const SMALLEST_HEAP_BYTES = 512 * MIB;

/** What is left of a machine's memory when its own system has had its share. */
export function usableMemory(memoryBytes: number): number {
  return memoryBytes - Math.max(2 * GIB, memoryBytes * 0.06);
}

/** At least this many executors, and a number that shares the cores without a rest, unless that means far smaller ones. */
function executorCount(cores: number, least: number): number {
  if (least >= cores) return cores;
  for (let count = least; count <= least * 2 && count <= cores; count += 1)
    if (cores % count === 0) return count;
  return least;
}

/**
 * Executors of a worker with this hard limit.
 * @throws UserError when not even the smallest heap fits.
 */
export function sizeWorker(
  cores: number,
  limitBytes: number,
  workload: Workload,
  hint = "Lower workers, raise worker.memory, or give the Docker engine more memory.",
): WorkerSize {
  const heap = (limitBytes - DAEMON_BYTES) * HEAP_SHARE[workload];
  if (heap < SMALLEST_HEAP_BYTES) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `A worker of ${formatMiB(limitBytes)} leaves ${formatMiB(Math.max(0, heap))} of heap to its executor; Spark needs ${formatMiB(SMALLEST_HEAP_BYTES)}.`,
      hint,
    });
  }
  const executors = executorCount(cores, Math.ceil(heap / LARGEST_HEAP_BYTES));
  const executorHeapBytes = Math.floor(heap / executors / MIB) * MIB;
  return { cores, limitBytes: Math.floor(limitBytes / MIB) * MIB, executorHeapBytes, executors };
}

export interface LocalSizeRequest {
  readonly workers: number;
  readonly cores?: number | undefined;
  readonly memory?: string | undefined;
  readonly workload: Workload;
}

/** The size of each of several workers that share one machine. */
export function sizeLocalWorker(machine: Machine, request: LocalSizeRequest): WorkerSize {
  const cores = request.cores ?? Math.max(1, Math.floor(machine.cores / request.workers));
  const share = (usableMemory(machine.memoryBytes) * LAPTOP_SHARE) / request.workers;
  const limitBytes = request.memory === undefined ? share : parseBytes(request.memory);
  if (limitBytes * request.workers > machine.memoryBytes) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${request.workers} workers of ${formatMiB(limitBytes)} need more than the ${formatMiB(machine.memoryBytes)} that the Docker engine has.`,
      hint: "Lower workers or worker.memory.",
    });
  }
  return sizeWorker(cores, limitBytes, request.workload);
}

/** Hard limit of a job's container: the driver's heap, and as much again (2 GiB at least) for Python and the JVM's own. */
export function jobLimitBytes(driverHeapBytes: number): number {
  return driverHeapBytes + Math.max(driverHeapBytes, 2 * GIB);
}
