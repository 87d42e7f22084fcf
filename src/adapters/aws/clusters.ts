import { UserError } from "../../errors.js";
import { LABEL_PREFIX, type Labels, ROLE_LABEL } from "../../plan/identity.js";
import { type AwsScope, inRegion } from "./client.js";
import { type Ec2Service, ec2Service } from "./ec2.js";
import { EC2_KINDS } from "./ec2-kinds.js";
import { enabledRegions } from "./regions.js";
import { CLUSTER_ID_TAG, DEADLINE_TAG } from "./tags.js";

/** A cluster as the tags of what exists of it tell. */
export interface CloudCluster {
  readonly project: string;
  readonly cluster: string;
  readonly clusterId: string;
  readonly region: string;
  readonly owner: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** When its nodes switch themselves off: ISO 8601, UTC. */
  readonly deadline: string | undefined;
  /**
   * `running`: a master, and all instances run; `starting`: one is on its way; `ending`: one is shutting down or stopped; `broken`: no
   * master; `leftovers`: no instances, only what they used.
   */
  readonly state: "running" | "starting" | "ending" | "broken" | "leftovers";
  readonly instances: number;
}

export interface ClusterList {
  readonly clusters: readonly CloudCluster[];
  /** The regions that were looked into. */
  readonly regions: readonly string[];
  /** Where AWS did not answer, and why. */
  readonly refused: readonly { readonly region: string; readonly reason: string }[];
}

/** What any cluster has at least one of, whatever was given to it and however far it got. */
const TRACES = ["instance", "launch-template", "security-group", "vpc"] as const;

interface Trace {
  readonly kind: (typeof TRACES)[number];
  readonly state?: string | undefined;
  readonly tags: Labels;
}

async function traces(ec2: Ec2Service, tags: Labels): Promise<Trace[]> {
  const found = await Promise.all(
    TRACES.map(async (kind) => (await EC2_KINDS[kind].find(ec2, tags)).map((one) => ({ kind, ...one }))),
  );
  return found.flat();
}

function stateOf(instances: readonly Trace[]): CloudCluster["state"] {
  const any = (pattern: RegExp) => instances.some(({ state = "" }) => pattern.test(state));
  if (instances.length === 0) return "leftovers";
  if (any(/^(shutting-down|stopp)/)) return "ending";
  if (!instances.some(({ tags }) => tags[ROLE_LABEL] === "master")) return "broken";
  return any(/^pending/) ? "starting" : "running";
}

function describe(clusterId: string, region: string, found: readonly Trace[]): CloudCluster {
  const tag = (name: string) => found.find(({ tags }) => tags[name] !== undefined)?.tags[name];
  const instances = found.filter(({ kind }) => kind === "instance");
  // `extend` moves the deadline of the instances alone.
  const deadline = instances.find(({ tags }) => tags[DEADLINE_TAG])?.tags[DEADLINE_TAG] ?? tag(DEADLINE_TAG);
  return {
    project: tag(`${LABEL_PREFIX}project`) ?? "unknown",
    cluster: tag(`${LABEL_PREFIX}cluster`) ?? "unknown",
    clusterId,
    region,
    owner: tag(`${LABEL_PREFIX}owner`) ?? "unknown",
    created: tag(`${LABEL_PREFIX}created`) ?? "unknown",
    deadline,
    state: stateOf(instances),
    instances: instances.length,
  };
}

async function clustersIn(scope: AwsScope, project: string | undefined): Promise<CloudCluster[]> {
  // "*" finds whoever has the tag at all.
  const tags = project === undefined ? { [CLUSTER_ID_TAG]: "*" } : { [`${LABEL_PREFIX}project`]: project };
  const byId = new Map<string, Trace[]>();
  for (const trace of await traces(ec2Service(scope), tags)) {
    const id = trace.tags[CLUSTER_ID_TAG];
    if (id !== undefined) byId.set(id, [...(byId.get(id) ?? []), trace]);
  }
  return [...byId].map(([id, found]) => describe(id, scope.region, found));
}

/**
 * The clusters of a project, or of all, that there is anything of in these regions, found by tags alone.
 * @throws UserError (exit code 4) when AWS answers in none of the regions.
 */
export async function listClusters(
  scope: AwsScope,
  { project, regions }: { readonly project?: string; readonly regions: readonly string[] | "all" },
): Promise<ClusterList> {
  const names = regions === "all" ? await enabledRegions(scope) : regions;
  const asked = await Promise.all(
    names.map(async (region) => {
      const there = region === scope.region ? scope : inRegion(scope, region);
      return clustersIn(there, project).then(
        (clusters) => ({ region, clusters }),
        (error: unknown) => {
          if (error instanceof UserError) return { region, clusters: [], error };
          throw error;
        },
      );
    }),
  );
  const failed = asked.flatMap((answer) => ("error" in answer ? [answer] : []));
  const [first] = failed;
  if (first && failed.length === names.length) throw first.error;
  return {
    clusters: asked
      .flatMap(({ clusters }) => clusters)
      .sort((a, b) => a.cluster.localeCompare(b.cluster) || a.created.localeCompare(b.created)),
    regions: names.filter((name) => !failed.some(({ region }) => region === name)),
    refused: failed.map(({ region, error }) => ({ region, reason: error.message })),
  };
}
