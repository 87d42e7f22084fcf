import type { Config } from "../../config/schema.js";
import { parseBytes } from "../../config/size.js";
import type { ClusterSecrets, PlannedImage } from "../cluster-plan.js";
import { type ClusterIdentity, clusterLabels, EXPIRES_LABEL, type Labels } from "../identity.js";
import { GIB } from "../units.js";
import { type LaunchAttempt, launchAttempt, type Market } from "./attempts.js";
import { directPlaces, type NetworkFacts, networkWarnings, VPC_CIDR } from "./network.js";
import type { Architecture, InstanceShape } from "./shapes.js";
import { smallestShape } from "./sizing.js";
import { type AwsSparkPlan, planAwsSpark } from "./spark-plan.js";
import { type Authorities, proxyEnvironment, surroundingsOf } from "./surroundings.js";
import { wantedShapes } from "./types.js";
import { warningsOf } from "./warnings.js";
import { rankZones } from "./zones.js";

/** What the cloud knows, and the config does not. */
export interface CloudOffer {
  /** Of every type that is asked for; those that the region does not know are absent. */
  readonly shapes: ReadonlyMap<string, InstanceShape>;
  /** The zones of the region in which each type is offered. */
  readonly offerings: ReadonlyMap<string, readonly string[]>;
  readonly ami: { readonly id: string; readonly rootDevice: string };
  /** The configured network; absent where one is made. */
  readonly network?: NetworkFacts | undefined;
}

export interface AwsPlanRequest {
  readonly config: Config;
  readonly identity: ClusterIdentity;
  /** By digest. */
  readonly image: PlannedImage & { readonly architecture: Architecture };
  readonly cloud: CloudOffer;
  /** From where SSH is allowed: the config's, else the caller's own address; none: from the VPC. */
  readonly sshCidrs: readonly string[];
  /** ARNs of the ECR repositories that nodes pull from. */
  readonly repositoryArns: readonly string[];
  /** When the nodes end themselves: ISO 8601, UTC. */
  readonly expires: string;
  readonly secrets: Pick<ClusterSecrets, "sparkSecret">;
  /** What the config's bundle of certificates holds. */
  readonly authorities?: Authorities | undefined;
}

/** Everything about a cluster on AWS that is decided before anything is created. */
export interface AwsClusterPlan extends AwsSparkPlan {
  /** The labels, the deadline and the user's own tags: what every resource gets. */
  readonly tags: Labels;
  /** How workers are bought where there are any to be had; a launch may fall back to on-demand ones. */
  readonly market: Market;
  /** The first attempt in each zone, best zone first. */
  readonly attempts: readonly [LaunchAttempt, ...LaunchAttempt[]];
  readonly network: {
    readonly vpc: string | undefined;
    /** By zone; empty where a network is made. */
    readonly subnets: Readonly<Record<string, string>>;
    readonly securityGroups: readonly string[];
    readonly private: boolean;
    readonly sshCidrs: readonly string[];
    /** "user@host:port" through which this machine reaches the nodes. */
    readonly bastion: string | undefined;
    /** What nodes reach without their proxy. */
    readonly direct: readonly string[];
    /** The proxy as the nodes' environment; empty without one. */
    readonly proxy: Readonly<Record<string, string>>;
    /** PEM of what nodes trust beside the public authorities. */
    readonly authorities: string | undefined;
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

/** What AWS takes as the value of a tag; an owner's name may have other characters. */
const tagValue = (text: string) => text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_").slice(0, 256);

function planTags({ config, identity, expires }: AwsPlanRequest): Labels {
  const own = { ...clusterLabels(identity), [EXPIRES_LABEL]: expires };
  const values = Object.entries(own).map(([key, value]) => [key, tagValue(value)]);
  return { ...config.aws.tags, ...Object.fromEntries(values) };
}

/** The subnets by zone, in the config's order; of two in one zone the first. */
function subnetsByZone({ config, cloud }: AwsPlanRequest): Readonly<Record<string, string>> {
  const byZone: Record<string, string> = {};
  const zones = new Map(cloud.network?.subnets.map(({ id, zone }) => [id, zone]));
  for (const subnet of config.aws.subnets) {
    const zone = zones.get(subnet);
    if (zone !== undefined) byZone[zone] ??= subnet;
  }
  return byZone;
}

/** Where the cluster is, and how it is reached and reaches AWS. */
function planNetwork(request: AwsPlanRequest, region: string): AwsClusterPlan["network"] {
  const { config, cloud, sshCidrs, authorities } = request;
  const { vpc, securityGroups, private: isPrivate, bastion, proxy } = config.aws;
  const { network } = cloud;
  // The VPC that is made has an endpoint for S3.
  const s3Endpoint = network?.subnets.every((subnet) => subnet.s3Endpoint) ?? true;
  const cidrs = network?.cidrs ?? [VPC_CIDR];
  const direct = directPlaces(region, cidrs, s3Endpoint);
  return {
    vpc,
    subnets: subnetsByZone(request),
    securityGroups,
    private: isPrivate,
    // A bastion, or a VPN's end, is in the VPC.
    sshCidrs: sshCidrs.length > 0 ? sshCidrs : cidrs,
    bastion,
    direct,
    proxy: proxyEnvironment(proxy, direct),
    authorities: authorities?.own,
  };
}

/** The event log's bucket is written to whether or not it is named among the buckets. */
function s3Locations({ aws: { buckets }, storage: { eventLog } }: Config): readonly string[] {
  const log = eventLog?.replace(/^s3a:\/\//, "").replace(/\/+$/, "");
  const covered = buckets.some((bucket) => log === bucket || log?.startsWith(`${bucket}/`));
  return log === undefined || covered ? buckets : [...buckets, log];
}

/**
 * The plan of a cluster on AWS.
 * @throws UserError (exit code 2 or 4) when no machines of the region can be the cluster that is asked for.
 */
export function planAwsCluster(request: AwsPlanRequest): AwsClusterPlan {
  const { config, identity, image, cloud, secrets } = request;
  const { aws, workers } = config;
  const region = aws.region ?? "";
  const masters = wantedShapes(config, "masterTypes", image.architecture, cloud.shapes);
  const workerShapes = wantedShapes(config, "workerTypes", image.architecture, cloud.shapes);
  const network = planNetwork(request, region);
  const offers = rankZones({
    region,
    zones: aws.zones.length > 0 ? aws.zones : Object.keys(network.subnets),
    offerings: cloud.offerings,
    masterTypes: masters.map(({ type }) => type),
    workerTypes: workerShapes.map(({ type }) => type),
  });
  const [best, ...others] = offers.map((offer, index) => launchAttempt(offer, index + 1, aws.market));
  if (!best) throw new Error("rankZones gives at least one zone");
  const masterShape = smallestShape(masters);
  const workerShape = smallestShape(workerShapes);
  const sparkPlan = planAwsSpark({
    config,
    identity,
    image,
    region,
    expires: request.expires,
    shapes: { master: masterShape, worker: workerShape },
    workers,
    secrets,
    surroundings: surroundingsOf(config, network.direct, request.authorities),
  });
  return {
    ...sparkPlan,
    tags: planTags(request),
    market: aws.market,
    attempts: [best, ...others],
    network,
    ami: cloud.ami,
    volume: {
      sizeGib: Math.ceil(parseBytes(aws.volume.size) / GIB),
      throughputMibps: aws.volume.throughput,
      iops: aws.volume.iops,
    },
    access: {
      instanceProfile: aws.instanceProfile,
      permissionsBoundary: aws.permissionsBoundary,
      s3Locations: s3Locations(config),
      repositoryArns: request.repositoryArns,
    },
    warnings: [
      ...warningsOf(config, {
        masterShape,
        workerShapes,
        sshCidrs: request.sshCidrs,
        worker: sparkPlan.worker,
      }),
      ...networkWarnings(config, cloud.network),
    ],
  };
}
