import { describe, expect, it } from "vitest";
import type { NetworkFacts, SubnetFacts } from "../../../../src/plan/aws/network.js";
import { networkWarnings } from "../../../../src/plan/aws/network.js";
import { awsPlan, awsPlanRequest, existingNetwork } from "../../../support/aws-plan.js";

const SUBNET = "subnet-0000000a";
const PRIVATE = { vpc: "vpc-00000000", subnets: [SUBNET], private: true };

function warnings(
  aws: object,
  subnet: Partial<SubnetFacts> = {},
  network: Partial<NetworkFacts> = {},
): string[] {
  const { config } = awsPlanRequest({ config: { workers: 3, aws } });
  return networkWarnings(config, { ...existingNetwork({ [SUBNET]: "eu-west-1a" }, subnet), ...network });
}

describe("an existing network in which nothing is amiss", () => {
  it.each<[string, object, Partial<SubnetFacts>, Partial<NetworkFacts>]>([
    ["private nodes behind a NAT gateway", PRIVATE, { route: "nat" }, {}],
    ["private nodes behind a transit gateway or firewall", PRIVATE, { route: "other" }, {}],
    [
      "private nodes with endpoints alone",
      PRIVATE,
      { route: "none" },
      { endpoints: ["ecr.api", "ecr.dkr", "s3"] },
    ],
    [
      "private nodes behind a proxy",
      { ...PRIVATE, proxy: { https: "http://proxy:3128" } },
      { route: "none", s3Endpoint: false },
      {},
    ],
    ["public nodes", { ...PRIVATE, private: false }, { route: "internet" }, {}],
    ["resolvers of one's own", PRIVATE, {}, { dnsSupport: false, nameServers: ["10.1.0.2"] }],
    [
      "what may not be asked",
      PRIVATE,
      { route: undefined, s3Endpoint: undefined },
      { dnsSupport: undefined },
    ],
    ["room for exactly the cluster", PRIVATE, { freeAddresses: 4 }, {}],
  ])("warns of nothing: %s", (_, aws, subnet, network) => {
    expect(warnings(aws, subnet, network)).toEqual([]);
  });
});

describe("an existing network in which a cluster would not come up", () => {
  it.each<[string, object, Partial<SubnetFacts>, Partial<NetworkFacts>, RegExp]>([
    [
      "private nodes behind an internet gateway",
      PRIVATE,
      { route: "internet" },
      {},
      /internet gateway, which takes nothing from private addresses.*ecr.api, ecr.dkr\./,
    ],
    [
      "private nodes without any way out",
      PRIVATE,
      { route: "none", s3Endpoint: false },
      { endpoints: [] },
      /no route out.*NAT gateway or endpoints for ecr.api, ecr.dkr, s3\./,
    ],
    [
      "public addresses without an internet gateway",
      { ...PRIVATE, private: false },
      { route: "nat" },
      {},
      /no route to an internet gateway.*private: true/,
    ],
    [
      "no resolver at all",
      PRIVATE,
      {},
      { dnsSupport: false, nameServers: ["AmazonProvidedDNS"] },
      /DNS support off.*not for each other's.*enable-dns-support/,
    ],
    ["a full subnet", PRIVATE, { freeAddresses: 3 }, {}, /has 3 free addresses, and the cluster needs 4/],
  ])("is told: %s", (_, aws, subnet, network, told) => {
    const said = warnings(aws, subnet, network);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(told);
  });

  it("is told with the plan, beside all else", () => {
    const network = existingNetwork({ [SUBNET]: "eu-west-1a" }, { freeAddresses: 1 });
    const plan = awsPlan({ config: { workers: 3, aws: PRIVATE }, cloud: { network } });
    expect(plan.warnings).toContainEqual(expect.stringContaining("1 free addresses"));
  });
});

describe("nodes without public addresses", () => {
  it("take SSH from their VPC where nobody is named", () => {
    const network = existingNetwork({ [SUBNET]: "eu-west-1a" });
    const of = (sshCidrs: readonly string[]) =>
      awsPlan({ config: { aws: PRIVATE }, cloud: { network }, sshCidrs }).network.sshCidrs;
    expect(of([])).toEqual(["10.9.0.0/16"]);
    expect(of(["10.200.0.0/16"])).toEqual(["10.200.0.0/16"]);
  });
});
