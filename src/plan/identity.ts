/** What every Docker object and cloud resource of a cluster is marked with. */
export interface ClusterIdentity {
  readonly project: string;
  readonly cluster: string;
  /** Random, never used twice: what destroy looks for. */
  readonly clusterId: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly owner: string;
  /** Of this CLI. */
  readonly version: string;
}

export const LABEL_PREFIX = "pyspark-deploy:";

export type Labels = Readonly<Record<string, string>>;

/** The labels (Docker) or tags (AWS) of a cluster; the only place where they are made. */
export function clusterLabels(identity: ClusterIdentity): Labels {
  return {
    [`${LABEL_PREFIX}project`]: identity.project,
    [`${LABEL_PREFIX}cluster`]: identity.cluster,
    [`${LABEL_PREFIX}cluster-id`]: identity.clusterId,
    [`${LABEL_PREFIX}created`]: identity.created,
    [`${LABEL_PREFIX}owner`]: identity.owner,
    [`${LABEL_PREFIX}version`]: identity.version,
  };
}

/** What finds everything of one cluster, whatever its id: names are unique within a project. */
export function clusterSelector(project: string, cluster: string): Labels {
  return { [`${LABEL_PREFIX}project`]: project, [`${LABEL_PREFIX}cluster`]: cluster };
}

/** When the nodes of a cluster end themselves: ISO 8601, UTC. */
export const EXPIRES_LABEL = `${LABEL_PREFIX}expires`;
export const ROLE_LABEL = `${LABEL_PREFIX}role`;
export const JOB_LABEL = `${LABEL_PREFIX}job`;
export const COMMAND_LABEL = `${LABEL_PREFIX}command`;
export const SUBMITTER_LABEL = `${LABEL_PREFIX}submitter`;
export const TREE_LABEL = `${LABEL_PREFIX}tree`;
export const BASE_LABEL = `${LABEL_PREFIX}base`;

/** The name of a Docker object of a cluster; its parts have dashes, and none has an underscore. */
export function objectName(identity: Pick<ClusterIdentity, "project" | "cluster">, part?: string): string {
  return ["pyspark-deploy", identity.project, identity.cluster, ...(part === undefined ? [] : [part])].join(
    "_",
  );
}
