import type { Config } from "../config/schema.js";
import type { Context } from "../context.js";
import type { ClusterSecrets, PlannedFile, PlannedImage } from "../plan/cluster-plan.js";
import type { ClusterIdentity } from "../plan/identity.js";
import type { ScalePlan } from "../plan/scaling.js";
import type { ClusterRecord } from "../state/record.js";

export type ProviderName = ClusterRecord["provider"];

/** Where the driver container of a created cluster is: all that the code after `create` knows of a provider. */
export type DriverPlace = ClusterRecord["driver"];

/** What a provider wants to find again about what it made; kept in the record. */
export type CloudFacts = NonNullable<ClusterRecord["cloud"]>;

export interface NodeState {
  readonly name: string;
  readonly role: string;
  readonly running: boolean;
  /** False of a machine that the record does not know: a command that was killed left it. */
  readonly known?: boolean;
  /** Where it is, for people: an address and what kind of machine it is. */
  readonly place?: string;
  /** What becomes of it, for people, where that is known. */
  readonly notice?: string;
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
  /** Why that could not be removed, or could not be looked for, as it was told; with any the removal is not proven. */
  readonly reasons: readonly string[];
  /** Data that stays on purpose. */
  readonly kept: readonly string[];
  /** What was looked at to prove it, one line for each kind. */
  readonly looked: readonly string[];
}

export interface ClusterName {
  readonly project: string;
  readonly cluster: string;
  /** Where the record is there to tell it: of two clusters of one name, the one that is meant. */
  readonly clusterId?: string | undefined;
}

/** A cluster whose record names its machines, where those of a cloud have names. */
export interface RecordedName extends ClusterName {
  readonly nodes?: CloudFacts["nodes"] | undefined;
}

/** An image where the nodes get it. */
export interface DeliveredImage extends PlannedImage {
  /** The same image on the user's own engine. */
  readonly localReference?: string;
  /** Where it is in ECR: the nodes are allowed to pull it. */
  readonly repositoryArn?: string;
}

export interface PlanRequest {
  readonly config: Config;
  readonly identity: ClusterIdentity;
  readonly image: DeliveredImage;
  readonly secrets: ClusterSecrets;
}

/** What a plan decides that the record keeps. */
export type PlannedFacts = Pick<
  ClusterRecord,
  | "image"
  | "workers"
  | "workerCores"
  | "workerMemoryBytes"
  | "driverHeapBytes"
  | "storage"
  | "driver"
  | "cloud"
>;

/** A cluster that is decided and not yet made. */
export interface PlannedCluster {
  readonly facts: PlannedFacts;
  /** Makes it and returns when all its workers are registered; `save` keeps what has been made so far in the record. */
  create(context: Context, save: (cloud: CloudFacts) => Promise<void>): Promise<void>;
}

/** A cluster that runs, under a plan of it that may have another image, other configuration or another number of workers. */
export interface RunningCluster {
  readonly facts: PlannedFacts;
  /** The content of SPARK_CONF_DIR under this plan. */
  readonly confFiles: readonly PlannedFile[];
  /** Brings the plan's image onto every node, beside what runs. */
  pull(context: Context): Promise<void>;
  /** Restarts what the plan changes, on the nodes that there are; returns when all workers are registered. */
  replace(context: Context): Promise<void>;
  /** Makes workers, and brings those back whose machine is there; returns when all of the plan's are registered. */
  grow(context: Context, growth: Growth, save: SaveCloud): Promise<void>;
  /** Takes workers out of the cluster: those that run are decommissioned first; returns when their machines are gone. */
  shrink(context: Context, departure: Departure, save: SaveCloud): Promise<void>;
}

/** Keeps in the record what there is of the cluster's machines by now. */
export type SaveCloud = (cloud: CloudFacts) => Promise<void>;

export interface Growth extends Pick<ScalePlan, "add" | "mend" | "keep"> {}

export interface Departure extends Pick<ScalePlan, "leave" | "lost"> {
  /** The master's UI, as this machine reaches it. */
  readonly ui: string;
  /** How long workers may take to hand over what they have, in seconds; 0 ends them at once. */
  readonly timeoutSeconds: number;
  /** The command that goes on where this one ended. */
  readonly again: string;
}

/** What makes, watches and removes the machines of clusters. */
export interface Provider {
  readonly name: ProviderName;
  /** True when nodes get the image from a registry, to which it has to be pushed before a plan. */
  readonly pulls: boolean;
  /**
   * Looks whether a cluster of this config can be made, before minutes of work.
   * @throws UserError when it can't.
   */
  check(config: Config, context: Context): Promise<void>;
  /** Decides everything and makes nothing. */
  plan(request: PlanRequest): Promise<PlannedCluster>;
  /** A recorded cluster under the plan that this request means for it; its machines and their number stay. */
  running(record: ClusterRecord, request: PlanRequest): Promise<RunningCluster>;
  state(name: RecordedName): Promise<ClusterState>;
  /** Names of clusters of which anything exists, whether or not there is a record of them; with `data`, kept data counts. */
  find(project: string, options: { readonly data: boolean }): Promise<string[]>;
  /** Lets this machine in where its address is why a node can't be reached; false when it is not, or nobody agreed. */
  admit(record: ClusterRecord, context: Context): Promise<boolean>;
  /**
   * Moves the time at which the cluster's nodes switch themselves off.
   * @throws UserError when a node can't be told; those that were told keep the new time.
   */
  extend(record: ClusterRecord, deadline: string): Promise<void>;
  /** Removes everything of the cluster, found by its labels alone, and looks whether anything is left. */
  destroy(
    name: ClusterName,
    options: { readonly purge: boolean },
    onProgress: (text: string) => void,
  ): Promise<DestroyResult>;
}
