import type { Config } from "../../config/schema.js";
import type { ClusterPlan, ClusterSecrets, PlannedImage } from "../cluster-plan.js";
import type { ClusterIdentity, Labels } from "../identity.js";
import type { LaunchAttempt } from "./attempts.js";
import type { Architecture, InstanceShape } from "./shapes.js";

/** What the cloud knows, and the config does not. */
export interface CloudOffer {
  /** Of every type that is asked for; those that the region does not know are absent. */
  readonly shapes: ReadonlyMap<string, InstanceShape>;
  /** The zones of the region in which each type is offered. */
  readonly offerings: ReadonlyMap<string, readonly string[]>;
  readonly ami: { readonly id: string; readonly rootDevice: string };
  /** The zone of each of the configured subnets; absent where a network is made. */
  readonly subnetZones?: ReadonlyMap<string, string> | undefined;
}

export interface AwsPlanRequest {
  readonly config: Config;
  readonly identity: ClusterIdentity;
  /** By digest. */
  readonly image: PlannedImage & { readonly architecture: Architecture };
  readonly cloud: CloudOffer;
  /** From where SSH is allowed: the config's, else the caller's own address. */
  readonly sshCidrs: readonly string[];
  /** ARNs of the ECR repositories that nodes pull from. */
  readonly repositoryArns: readonly string[];
  /** When the nodes end themselves: ISO 8601, UTC. */
  readonly expires: string;
  readonly secrets: Pick<ClusterSecrets, "sparkSecret">;
}

/** Everything about a cluster on AWS that is decided before anything is created. */
export interface AwsClusterPlan extends Omit<ClusterPlan, "nodes"> {
  /** The labels, the deadline and the user's own tags: what every resource gets. */
  readonly tags: Labels;
  readonly region: string;
  readonly expires: string;
  /** The smallest of the types, to which Spark is sized. */
  readonly workerShape: InstanceShape;
  readonly masterShape: InstanceShape;
  /** The first attempt in each zone, best zone first. */
  readonly attempts: readonly [LaunchAttempt, ...LaunchAttempt[]];
  readonly network: {
    readonly vpc: string | undefined;
    /** By zone; empty where a network is made. */
    readonly subnets: Readonly<Record<string, string>>;
    readonly securityGroups: readonly string[];
    readonly private: boolean;
    readonly sshCidrs: readonly string[];
  };
  readonly ami: CloudOffer["ami"];
  readonly volume: { readonly sizeGib: number; readonly throughputMibps: number; readonly iops: number };
  readonly access: {
    readonly instanceProfile: string | undefined;
    readonly permissionsBoundary: string | undefined;
    readonly s3Locations: readonly string[];
    readonly repositoryArns: readonly string[];
  };
  /** What people should know before they create it: one sentence each. */
  readonly warnings: readonly string[];
}
