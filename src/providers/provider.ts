import type { Context } from "../context.js";
import type { ClusterPlan, ClusterSecrets } from "../plan/cluster-plan.js";
import type { ClusterRecord } from "../state/record.js";

/** Where the driver container of a created cluster is: all that the code after `create` knows of a provider. */
export type DriverPlace = ClusterRecord["driver"];

export interface NodeState {
  readonly name: string;
  readonly role: string;
  readonly running: boolean;
}

export interface ClusterState {
  readonly nodes: readonly NodeState[];
  /** The master's UI, which also shows workers and running applications; reachable from this machine. */
  readonly ui: string | undefined;
  /** The S3 server as this machine reaches it; undefined when it is Amazon's or not running. */
  readonly s3: string | undefined;
}

export interface DestroyResult {
  /** What was removed, by kind and name. */
  readonly removed: readonly string[];
  /** What carries the cluster's labels after all; empty when the removal is proven. */
  readonly left: readonly string[];
  /** Why that could not be removed, as it was told. */
  readonly reasons: readonly string[];
  /** Data that stays on purpose. */
  readonly kept: readonly string[];
}

export interface ClusterName {
  readonly project: string;
  readonly cluster: string;
}

/** What makes, watches and removes the machines of clusters. */
export interface Provider {
  /** Plans and places nothing: says where the driver will be. */
  place(plan: ClusterPlan): DriverPlace;
  /** Makes the cluster and returns when all its workers are registered at the master. */
  create(
    plan: ClusterPlan,
    secrets: ClusterSecrets,
    readyTimeoutSeconds: number,
    context: Context,
  ): Promise<void>;
  /** Replaces the nodes by those of the plan, which has another image; data and addresses stay. */
  replace(
    plan: ClusterPlan,
    secrets: ClusterSecrets,
    readyTimeoutSeconds: number,
    context: Context,
  ): Promise<void>;
  state(name: ClusterName): Promise<ClusterState>;
  /** Names of clusters of which anything exists, whether or not there is a record of them; with `data`, kept data counts. */
  find(project: string, options: { readonly data: boolean }): Promise<string[]>;
  /** Removes everything of the cluster, found by its labels alone, and looks whether anything is left. */
  destroy(name: ClusterName, options: { readonly purge: boolean }): Promise<DestroyResult>;
}
