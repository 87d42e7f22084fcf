import { configSchema } from "../../src/config/schema.js";
import { type AwsPlanRequest, planAwsCluster } from "../../src/plan/aws/aws-plan.js";
import type { NetworkFacts, SubnetFacts } from "../../src/plan/aws/network.js";
import type { Architecture } from "../../src/plan/aws/shapes.js";
import { SHAPES } from "./instance-types.js";

export const SECRET = "spark-s3cret";
export const ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

/** Every type of the fixture, in every zone. */
export const EVERYWHERE: ReadonlyMap<string, readonly string[]> = new Map(
  [...SHAPES.keys()].map((type) => [type, ZONES]),
);

/** An existing VPC in which nothing is amiss, with these subnets and their zones. */
export function existingNetwork(
  zones: Readonly<Record<string, string>>,
  subnet: Partial<SubnetFacts> = {},
): NetworkFacts {
  return {
    cidrs: ["10.9.0.0/16"],
    dnsSupport: true,
    nameServers: ["AmazonProvidedDNS"],
    subnets: Object.entries(zones).map(([id, zone]) => ({
      id,
      zone,
      freeAddresses: 250,
      route: "nat",
      s3Endpoint: true,
      ...subnet,
    })),
    endpoints: ["s3"],
  };
}

interface Overrides {
  readonly config?: Record<string, unknown>;
  readonly architecture?: Architecture;
  readonly cloud?: Partial<AwsPlanRequest["cloud"]>;
  readonly sshCidrs?: readonly string[];
}

export function awsPlanRequest(overrides: Overrides = {}): AwsPlanRequest {
  const { profiles: _, ...config } = configSchema.parse({
    provider: "aws",
    readyTimeout: 600,
    ...overrides.config,
    storage: { s3: "aws", region: "eu-west-1", ...(overrides.config?.storage as object) },
    aws: { region: "eu-west-1", ...(overrides.config?.aws as object) },
  });
  return {
    config: { ...config, project: "flights" },
    identity: {
      project: "flights",
      cluster: "big",
      clusterId: "abc123",
      created: "2026-01-01T00:00:00.000Z",
      owner: "ann@laptop",
      version: "1.0.0",
    },
    image: {
      reference: "registry.example.com/flights@sha256:1",
      parityKey: "sha256:1",
      treeHash: "2",
      architecture: overrides.architecture ?? "amd64",
    },
    cloud: {
      shapes: SHAPES,
      offerings: EVERYWHERE,
      ami: { id: "ami-0123456789abcdef0", rootDevice: "/dev/xvda" },
      ...overrides.cloud,
    },
    sshCidrs: overrides.sshCidrs ?? ["203.0.113.7/32"],
    repositoryArns: ["arn:aws:ecr:eu-west-1:123456789012:repository/pyspark-deploy/flights"],
    expires: "2026-01-01T08:00:00.000Z",
    secrets: { sparkSecret: SECRET },
  };
}

export const awsPlan = (overrides?: Overrides) => planAwsCluster(awsPlanRequest(overrides));
