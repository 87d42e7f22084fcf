import type { Market } from "./aws/attempts.js";
import type { AwsClusterPlan } from "./aws/aws-plan.js";
import type { Price, PriceList } from "./aws/price.js";
import { pricedCluster, priceOf } from "./aws/price.js";
import type { ClusterPlan } from "./cluster-plan.js";
import {
  DAEMON_BYTES,
  heapShare,
  jobLimitBytes,
  LAPTOP_SHARE,
  type LocalSizeRequest,
  type Machine,
  usableMemory,
  type WorkerSize,
  type Workload,
} from "./sizing.js";
import { formatMiB } from "./units.js";

/** Machines or containers of one kind. */
export interface PreviewNodes {
  readonly role: "master" | "workers";
  readonly count: number;
  /** On AWS: the preferred instance type. */
  readonly type?: string;
  readonly cores?: number;
  readonly memoryBytes?: number;
  /** Absent where there is no choice. */
  readonly market?: Market;
  /** What else would be launched where AWS has no capacity. */
  readonly alternatives?: readonly string[];
}

/** What would be created, for people and programs. */
export interface Preview {
  readonly cluster: string;
  readonly provider: "local" | "aws";
  /** What create would change; empty when the cluster is there as the config says. */
  readonly changes: readonly string[];
  readonly nodes: readonly PreviewNodes[];
  readonly executors: {
    readonly count: number;
    readonly cores: number;
    readonly heapBytes: number;
    /** How these numbers come about: one sentence each. */
    readonly why: readonly string[];
  };
  readonly driver: { readonly heapBytes: number; readonly limitBytes: number };
  readonly aws?: {
    readonly region: string;
    readonly zone: string;
    readonly otherZones: readonly string[];
    readonly vpc: string | null;
    readonly private: boolean;
    readonly sshFrom: readonly string[];
    readonly bastion: string | null;
    readonly buckets: readonly string[];
    readonly volume: AwsClusterPlan["volume"];
    readonly ami: string;
    /** When the nodes would end themselves if it were created now: ISO 8601, UTC. */
    readonly expires: string;
    readonly ttlSeconds: number;
    readonly price: PreviewPrice;
  };
  readonly warnings: readonly string[];
}

export interface PreviewPrice {
  /** US dollars. */
  readonly perHour: Price;
  readonly untilExpiry: number;
  readonly source: string;
  /** Of a cluster with spot workers: which spot prices it was counted with, or why they can't be had. */
  readonly spot?: string;
}

type Sized = Pick<ClusterPlan, "worker" | "workers" | "driverHeapBytes" | "identity">;

function executorFacts({ worker, workers }: Sized, why: readonly string[]): Preview["executors"] {
  const cores = Math.floor(worker.cores / worker.executors);
  return { count: workers * worker.executors, cores, heapBytes: worker.executorHeapBytes, why };
}

const driverFacts = ({ driverHeapBytes }: Sized) => ({
  heapBytes: driverHeapBytes,
  limitBytes: jobLimitBytes(driverHeapBytes),
});

/** Why executors have this heap, from the limit of a worker on. */
function heapReasons({ limitBytes, executors, cores }: WorkerSize, workload: Workload): string[] {
  const share = Math.round(heapShare(workload) * 100);
  const left = limitBytes - DAEMON_BYTES;
  return [
    `Of these ${formatMiB(limitBytes)} the worker's daemon takes ${formatMiB(DAEMON_BYTES)}; ${share} % of the other ${formatMiB(left)} are heap, the rest is for Python, Arrow and Netty (spark.workload: ${workload}).`,
    ...(executors > 1
      ? [
          `Heaps above 64 GiB collect garbage for too long: ${executors} executors share the ${cores} cores of a worker.`,
        ]
      : []),
  ];
}

export interface LocalPreviewRequest {
  readonly plan: ClusterPlan;
  readonly machine: Machine;
  readonly wish: LocalSizeRequest;
  readonly changes: readonly string[];
}

/** What a cluster on this machine's Docker engine would be. */
export function previewLocal({ plan, machine, wish, changes }: LocalPreviewRequest): Preview {
  const { worker, workers, identity } = plan;
  const usable = usableMemory(machine.memoryBytes);
  const memory =
    wish.memory === undefined
      ? `${LAPTOP_SHARE * 100} % of the ${formatMiB(usable)} that it can spare are for the workers: ${formatMiB(worker.limitBytes)} each.`
      : `worker.memory gives each worker ${formatMiB(worker.limitBytes)}.`;
  return {
    cluster: identity.cluster,
    provider: "local",
    changes,
    nodes: [
      { role: "master", count: 1 },
      { role: "workers", count: workers, cores: worker.cores, memoryBytes: worker.limitBytes },
    ],
    executors: executorFacts(plan, [
      `The Docker engine has ${machine.cores} cores and ${formatMiB(machine.memoryBytes)}; ${memory}`,
      ...heapReasons(worker, wish.workload),
    ]),
    driver: driverFacts(plan),
    warnings: [],
  };
}

export interface AwsPreviewRequest {
  readonly plan: AwsClusterPlan;
  readonly prices: PriceList;
  readonly workload: Workload;
  readonly ttlSeconds: number;
  readonly changes: readonly string[];
}

/** What a cluster on AWS would be, and what it would cost. */
export function previewAws({ plan, prices, workload, ttlSeconds, changes }: AwsPreviewRequest): Preview {
  const [best, ...others] = plan.attempts;
  const { worker, workers, workerShape, masterShape, network, access } = plan;
  const perHour = priceOf(pricedCluster(plan), prices);
  const nodes = (
    role: PreviewNodes["role"],
    count: number,
    shape: typeof workerShape,
    types: readonly string[],
    market: Market,
  ) => ({
    role,
    count,
    type: types[0] ?? shape.type,
    cores: shape.cores,
    memoryBytes: shape.memoryBytes,
    market,
    alternatives: types.slice(1),
  });
  return {
    cluster: plan.identity.cluster,
    provider: "aws",
    changes,
    nodes: [
      nodes("master", 1, masterShape, best.masterTypes, "on-demand"),
      nodes("workers", workers, workerShape, best.workerTypes, plan.market),
    ],
    executors: executorFacts(plan, [
      `Of the ${formatMiB(workerShape.memoryBytes)} of ${workerShape.type} the machine itself needs some, and its kernel sees a little less: ${formatMiB(worker.limitBytes)} are the worker's.`,
      ...heapReasons(worker, workload),
    ]),
    driver: driverFacts(plan),
    aws: {
      region: plan.region,
      zone: best.zone,
      otherZones: others.map(({ zone }) => zone),
      vpc: network.vpc ?? null,
      private: network.private,
      sshFrom: network.sshCidrs,
      bastion: network.bastion ?? null,
      buckets: access.s3Locations,
      volume: plan.volume,
      ami: plan.ami.id,
      expires: plan.expires,
      ttlSeconds,
      price: {
        perHour,
        untilExpiry: (perHour.total * ttlSeconds) / 3600,
        source: prices.source,
        ...(prices.spot && { spot: prices.spot.says }),
      },
    },
    warnings: plan.warnings,
  };
}
