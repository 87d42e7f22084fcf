import { readMaster } from "../adapters/spark-master.js";
import { describeLoss, type SpotLoss } from "../plan/spot-loss.js";
import type { ClusterState, NodeState } from "../providers/provider.js";
import { type ClusterRecord, createCommand } from "../state/record.js";
import type { Session } from "./session.js";
import { spotLosses } from "./spot.js";

export interface WorkerStatus {
  readonly name: string;
  readonly alive: boolean;
  readonly cores: number;
  readonly memoryMiB: number;
}

export interface ClusterStatus {
  readonly cluster: string;
  readonly provider: string;
  /** `ready` when all workers are ALIVE; `degraded` when not; else the phase in which it was left. */
  readonly state: string;
  readonly wanted: number;
  readonly workers: readonly WorkerStatus[];
  readonly applications: number;
  readonly image: string;
  readonly parityKey: string;
  /** True when the image on the cluster is that of the working tree as it is now. */
  readonly current: boolean;
  readonly ui: string | undefined;
  readonly s3: string | undefined;
  readonly created: string;
  /** The hosts, where the cluster has its own. */
  readonly hosts: readonly NodeState[];
  readonly region: string | undefined;
  /** When the hosts switch themselves off: ISO 8601, UTC. */
  readonly deadline: string | undefined;
  /** The commands that bring back what is lost; undefined where nothing is. */
  readonly repair: string | undefined;
  /** US dollars: an hour, and since it was made; undefined where it costs nothing or no price is known. */
  readonly cost: ClusterCost | undefined;
}

export interface ClusterCost {
  readonly perHour: number;
  readonly soFar: number;
  /** Where the prices come from, with their date. */
  readonly source: string;
  /** What the sums lack, since no price of it is known. */
  readonly unknown: readonly string[];
  /** With spot workers: an hour on demand, and which spot prices the sums were counted with. */
  readonly spot?: { readonly onDemandPerHour: number; readonly says: string };
}

const HOUR_MS = 3_600_000;

function costOf({ cloud, identity }: ClusterRecord): ClusterCost | undefined {
  if (!cloud?.price) return undefined;
  const { perHour, source, unknown, spot } = cloud.price;
  const hours = (Math.min(Date.now(), Date.parse(cloud.deadline)) - Date.parse(identity.created)) / HOUR_MS;
  return { perHour, soFar: perHour * Math.max(0, hours), source, unknown, ...(spot && { spot }) };
}

/** The hosts with what becomes of them; those that are gone are shown as long as the record has them. */
function hostsOf(nodes: readonly NodeState[], losses: readonly SpotLoss[]): NodeState[] {
  const hosts = nodes.filter(({ place }) => place !== undefined);
  const known = hosts.map((host) => {
    const loss = losses.find(({ instance }) => host.place?.startsWith(`${instance} `));
    return loss ? { ...host, notice: describeLoss(loss) } : host;
  });
  const gone = losses.filter(({ instance }) => !hosts.some(({ place }) => place?.startsWith(`${instance} `)));
  return [
    ...known,
    ...gone.map((loss) => ({
      name: loss.node,
      role: "worker",
      running: false,
      place: `${loss.instance} (${loss.kind})`,
      notice: describeLoss(loss),
    })),
  ];
}

/** The commands that bring back what is lost, or finish what was begun. */
function repairCommand(record: ClusterRecord, { nodes }: ClusterState, alive: number | undefined) {
  const { cluster } = record.identity;
  if (!nodes.some(({ role, running }) => role === "master" && running))
    return `pyspark-deploy destroy ${cluster} --yes; ${createCommand(record)}`;
  return (alive ?? record.workers) === record.workers ? undefined : `pyspark-deploy repair ${cluster}`;
}

async function clusterStatus(session: Session, cluster: string): Promise<ClusterStatus> {
  const record = await session.records.read(cluster);
  const state = await session.stateOf(cluster, record);
  const master = state.ui === undefined ? undefined : await readMaster(state.ui);
  const losses = record ? await spotLosses(session, record, state.ui) : [];
  const names = new Map(record?.cloud?.nodes.map(({ privateIp, name }) => [privateIp, name]));
  // For a minute the master believes of a machine that is gone that it is alive.
  const known = (master?.workers ?? []).filter(({ host }) => names.size === 0 || names.has(host));
  const workers = known.map(({ host, alive: is, cores, memoryMiB }) => ({
    name: names.get(host) ?? host,
    alive: is,
    cores,
    memoryMiB,
  }));
  const alive = workers.filter((worker) => worker.alive).length;
  const phase = record?.phase ?? "record lost";
  return {
    cluster,
    provider: record?.provider ?? "local",
    state: phase !== "ready" ? phase : alive === record?.workers ? "ready" : "degraded",
    wanted: record?.workers ?? 0,
    workers: workers.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })),
    applications: master?.applications.length ?? 0,
    image: record?.image.reference ?? "unknown",
    parityKey: record?.image.parityKey ?? "unknown",
    current:
      record !== undefined && record.image.treeHash === (await session.forRecord(record).images.treeHash()),
    ui: state.ui,
    s3: state.s3,
    created: record?.identity.created ?? "unknown",
    hosts: hostsOf(state.nodes, losses),
    region: record?.cloud?.region,
    deadline: record?.cloud?.deadline,
    repair: phase === "ready" && record ? repairCommand(record, state, master && alive) : undefined,
    cost: record && costOf(record),
  };
}

/** The state of the named cluster, or of all of the project's. */
export async function clusterStatuses(session: Session, name: string | undefined): Promise<ClusterStatus[]> {
  const chosen = name === undefined ? await session.clusters() : [await session.existing(name)];
  return Promise.all(chosen.map((cluster) => clusterStatus(session, cluster)));
}
