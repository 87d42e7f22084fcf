import { clusterSelector, LABEL_PREFIX, type Labels } from "../../plan/identity.js";

/** Finds the resources of one cluster: by its id, or whatever its id by its name, which is unique within a project. */
export type ClusterSelector =
  | { readonly clusterId: string }
  | { readonly project: string; readonly cluster: string };

export const DEADLINE_TAG = `${LABEL_PREFIX}expires`;
export const CLUSTER_ID_TAG = `${LABEL_PREFIX}cluster-id`;

/** The tags that everything of the cluster has. */
export function selectorTags(selector: ClusterSelector): Labels {
  if ("clusterId" in selector) return { [CLUSTER_ID_TAG]: selector.clusterId };
  return clusterSelector(selector.project, selector.cluster);
}

/** The same as filters of EC2's Describe calls. */
export const tagFilters = (tags: Labels) =>
  Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));

interface RawTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags as the SDKs answer them, as a table. */
export const tagTable = (tags: readonly RawTag[] | undefined): Labels =>
  Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));

export const tagList = (tags: Labels) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
