import { readMaster } from "../adapters/spark-master.js";
import type { Session } from "./session.js";

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
}

async function clusterStatus(session: Session, cluster: string): Promise<ClusterStatus> {
  const [record, state] = await Promise.all([
    session.records.read(cluster),
    session.provider.state({ project: session.project, cluster }),
  ]);
  const master = state.ui === undefined ? undefined : await readMaster(state.ui);
  const workers = (master?.workers ?? []).map(({ host, ...worker }) => ({ name: host, ...worker }));
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
  };
}

/** The state of the named cluster, or of all of the project's. */
export async function clusterStatuses(session: Session, name: string | undefined): Promise<ClusterStatus[]> {
  const known = await session.clusters();
  const chosen = name === undefined ? known : [await session.choose(name, known)];
  return Promise.all(chosen.map((cluster) => clusterStatus(session, cluster)));
}
