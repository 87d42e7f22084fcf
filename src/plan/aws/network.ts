import type { Config } from "../../config/schema.js";
import { partitionOf } from "./partition.js";

/** Room for sixteen subnets of 4091 machines each; it meets no other network, for nothing is peered with it. */
export const VPC_CIDR = "10.77.0.0/16";

/** Where what has no other route goes. */
export type Route = "internet" | "nat" | "other" | "none";

export interface SubnetFacts {
  readonly id: string;
  readonly zone: string;
  /** How many machines still fit. */
  readonly freeAddresses: number;
  /** Undefined: the credentials may not ask. */
  readonly route: Route | undefined;
  /** Whether S3 is reached by a gateway endpoint, past NAT and proxy; undefined as for the route. */
  readonly s3Endpoint: boolean | undefined;
}

/** An existing VPC, as AWS tells of it. */
export interface NetworkFacts {
  /** Its ranges of addresses. */
  readonly cidrs: readonly string[];
  /** Whether AWS's own resolver answers in it; undefined: the credentials may not ask. */
  readonly dnsSupport: boolean | undefined;
  /** The resolvers that its DHCP options name; AWS's own where they name none. */
  readonly nameServers: readonly string[];
  readonly subnets: readonly SubnetFacts[];
  /** Services with an endpoint in the VPC: "s3", "ecr.api" … */
  readonly endpoints: readonly string[];
}

/** How DHCP options name AWS's resolver. */
export const AMAZON_DNS = "AmazonProvidedDNS";
/** What a node without any route out needs, beside S3, to pull its image. */
const NEEDED = ["ecr.api", "ecr.dkr"];

/** The domain of AWS's endpoints in a region. */
export const dnsSuffix = (region: string): string =>
  partitionOf(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";

/** What nodes reach without a proxy: the VPC, and S3 where it has a way of its own. */
export function directPlaces(
  region: string,
  cidrs: readonly string[],
  s3Endpoint: boolean,
): readonly string[] {
  const s3 = `s3.${region}.${dnsSuffix(region)}`;
  // Go and Python take the first form for "and what is below", Java's AWS SDK the second.
  return [...cidrs, ...(s3Endpoint ? [s3, `.${s3}`, `*.${s3}`] : [])];
}

function dnsWarnings({ dnsSupport, nameServers }: NetworkFacts): string[] {
  const amazon = nameServers.length === 0 || nameServers.includes(AMAZON_DNS);
  if (dnsSupport !== false || !amazon) return [];
  return [
    "The VPC has DNS support off, and its DHCP options name no resolver of your own: nodes need one for the names of S3 and ECR (not for each other's). Name one there (domain-name-servers), or: aws ec2 modify-vpc-attribute --enable-dns-support Value=true",
  ];
}

function routeWarnings(
  { id, route, s3Endpoint }: SubnetFacts,
  { aws }: Config,
  endpoints: readonly string[],
): string[] {
  if (route === undefined || aws.proxy.https !== undefined) return [];
  if (!aws.private)
    return route === "internet"
      ? []
      : [
          `${id} has no route to an internet gateway, so public addresses of nodes lead nowhere: choose another subnet, or aws: {private: true}.`,
        ];
  if (route === "nat" || route === "other") return [];
  const missing = [
    ...NEEDED.filter((service) => !endpoints.includes(service)),
    ...(s3Endpoint || endpoints.includes("s3") ? [] : ["s3"]),
  ];
  if (missing.length === 0) return [];
  const where =
    route === "internet"
      ? "leads to an internet gateway, which takes nothing from private addresses"
      : "has no route out";
  return [
    `${id} ${where}: nodes can't pull their image without a NAT gateway or endpoints for ${missing.join(", ")}.`,
  ];
}

/** Sentences about an existing network in which a cluster would not come up, or barely. */
export function networkWarnings(config: Config, network: NetworkFacts | undefined): string[] {
  if (!network) return [];
  const nodes = config.workers + 1;
  const full = network.subnets.filter(({ freeAddresses }) => freeAddresses < nodes);
  return [
    ...dnsWarnings(network),
    ...network.subnets.flatMap((subnet) => routeWarnings(subnet, config, network.endpoints)),
    ...full.map(
      ({ id, freeAddresses }) =>
        `${id} has ${freeAddresses} free addresses, and the cluster needs ${nodes}: name a larger subnet.`,
    ),
  ];
}
