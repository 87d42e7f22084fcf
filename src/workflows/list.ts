import type { AwsScope } from "../adapters/aws/client.js";
import type { CloudCluster } from "../adapters/aws/clusters.js";
import { UserError } from "../errors.js";
import { partitionOf } from "../plan/aws/partition.js";
import type { ClusterRecord } from "../state/record.js";
import { awsScope } from "./aws-scope.js";
import type { Session } from "./session.js";

export interface ListedCluster {
  readonly cluster: string;
  readonly provider: "local" | "aws";
  readonly region?: string;
  readonly clusterId?: string;
  /**
   * On AWS what the tags tell (`running`, `starting`, `ending`, `broken`, `leftovers`); `gone` where only this folder's record is left,
   * `unknown` where AWS could not be asked; here `running`, `broken`, or the phase in which it was left.
   */
  readonly state: string;
  /** Machines or containers that there are. */
  readonly nodes: number;
  /** ISO 8601, UTC. */
  readonly created?: string;
  /** When its machines switch themselves off. */
  readonly deadline?: string;
  readonly owner?: string;
  /** True when this folder has its record: submit, login and the like work from here. */
  readonly recorded: boolean;
}

export interface ListOptions {
  /** Look into all regions of the account, instead of those that the config names. */
  readonly allRegions: boolean;
  /** Hears of each place that could not be looked into, beside the warning. */
  readonly onSkipped?: (text: string) => void;
}

function skip({ context }: Session, { onSkipped }: ListOptions, place: string, reason: string): void {
  const text = `${place} was not looked into: ${reason}`;
  context.report.note(text, "warning");
  onSkipped?.(text);
}

async function localClusters(session: Session, records: readonly ClusterRecord[]): Promise<ListedCluster[]> {
  const provider = session.providersOf(undefined).find(({ name }) => name === "local");
  const found = (await provider?.find(session.project, { data: false })) ?? [];
  const own = new Map(
    records
      .filter((record) => record.provider === "local")
      .map((record) => [record.identity.cluster, record]),
  );
  return Promise.all(
    [...new Set([...own.keys(), ...found])].map(async (cluster) => {
      const record = own.get(cluster);
      const { nodes = [] } = (await provider?.state({ project: session.project, cluster })) ?? {};
      const runs = nodes.length > 0 && nodes.every(({ running }) => running);
      const phase = record?.phase ?? "ready";
      return {
        cluster,
        provider: "local" as const,
        state: phase !== "ready" ? phase : runs ? "running" : "broken",
        nodes: nodes.length,
        recorded: record !== undefined,
        ...(record && { created: record.identity.created, owner: record.identity.owner }),
      };
    }),
  );
}

const described = (found: CloudCluster, recorded: ReadonlySet<string>): ListedCluster => ({
  cluster: found.cluster,
  provider: "aws",
  region: found.region,
  clusterId: found.clusterId,
  state: found.state,
  nodes: found.instances,
  created: found.created,
  ...(found.deadline !== undefined && { deadline: found.deadline }),
  owner: found.owner,
  recorded: recorded.has(found.clusterId),
});

/** Where to ask: the places of the config and of the records; for all regions one for each identity and partition. */
function scopes(
  session: Session,
  records: readonly ClusterRecord[],
  { allRegions }: ListOptions,
): AwsScope[] {
  const { signal } = session.context;
  const recorded = records.flatMap(({ cloud }) => cloud ?? []);
  const places = [...session.loaded.clouds, ...recorded].map(
    ({ region, profile, role }): AwsScope => ({ region, profile, role, signal }),
  );
  if (allRegions && places.length === 0) return [awsScope(session)];
  const key = ({ region, profile, role }: AwsScope) =>
    JSON.stringify(allRegions ? [profile, role, partitionOf(region)] : [profile, role, region]);
  return [...new Map(places.map((place) => [key(place), place])).values()];
}

interface Answer {
  readonly clusters: readonly CloudCluster[];
  /** The regions that were looked into. */
  readonly regions: readonly string[];
}

async function ask(session: Session, scope: AwsScope, options: ListOptions): Promise<Answer> {
  const { allRegions } = options;
  const { listClusters } = await import("../adapters/aws/clusters.js");
  try {
    const { clusters, regions, refused } = await listClusters(scope, {
      project: session.project,
      regions: allRegions ? "all" : [scope.region],
    });
    for (const { region, reason } of refused) skip(session, options, region, reason);
    return { clusters, regions };
  } catch (error) {
    // What can't be asked hides nothing of the others; but who asks for all regions wants to know.
    if (!(error instanceof UserError) || allRegions) throw error;
    skip(session, options, scope.region, error.message);
    return { clusters: [], regions: [] };
  }
}

/** A recorded cluster of which nothing was found. */
function missing({ identity, cloud }: ClusterRecord, regions: readonly string[]): ListedCluster {
  const { cluster, clusterId, created, owner } = identity;
  return {
    cluster,
    provider: "aws",
    ...(cloud && { region: cloud.region, deadline: cloud.deadline }),
    clusterId,
    state: cloud && regions.includes(cloud.region) ? "gone" : "unknown",
    nodes: 0,
    created,
    owner,
    recorded: true,
  };
}

/** The project's clusters, on this machine's engine and on AWS, with or without a record in this folder. */
export async function listProject(session: Session, options: ListOptions): Promise<ListedCluster[]> {
  const names = await session.recorded();
  const read = await Promise.all(names.map((name) => session.records.read(name).catch(() => undefined)));
  const records = read.filter((record) => record !== undefined);
  const [local, ...answers] = await Promise.all([
    localClusters(session, records).catch((error: unknown): ListedCluster[] => {
      if (!(error instanceof UserError)) throw error;
      skip(session, options, "This machine", error.message);
      return [];
    }),
    ...scopes(session, records, options).map((scope) => ask(session, scope, options)),
  ]);
  const regions = answers.flatMap((answer) => answer.regions);
  const found = new Map(answers.flatMap(({ clusters }) => clusters).map((one) => [one.clusterId, one]));
  const onAws = records.filter(({ provider }) => provider === "aws");
  const recorded = new Set(onAws.map(({ identity }) => identity.clusterId));
  return [
    ...local,
    ...[...found.values()].map((one) => described(one, recorded)),
    ...onAws
      .filter(({ identity }) => !found.has(identity.clusterId))
      .map((record) => missing(record, regions)),
  ];
}
