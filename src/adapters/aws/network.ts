import type { RouteTable } from "@aws-sdk/client-ec2";
import { ExitCode, UserError } from "../../errors.js";
import { AMAZON_DNS, type NetworkFacts, type Route } from "../../plan/aws/network.js";
import type { AwsScope } from "./client.js";
import { type Ec2Service, ec2Service } from "./ec2.js";
import { isRefusal } from "./errors.js";

/** Undefined where the credentials may not ask: what is only checked stops nobody. */
const unlessRefused = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (isRefusal(error)) return undefined;
    throw error;
  });

async function subnetsOf(ec2: Ec2Service, scope: AwsScope, vpc: string, ids: readonly string[]) {
  if (ids.length === 0) return [];
  const { Subnets = [] } = await ec2.call("DescribeSubnets", ({ client, sdk, options }) =>
    client.send(new sdk.DescribeSubnetsCommand({ SubnetIds: [...ids] }), options),
  );
  const stray = Subnets.find(({ VpcId }) => VpcId !== vpc);
  if (!stray) return Subnets;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `${stray.SubnetId} lies in ${stray.VpcId}, and aws.vpc is ${vpc}.`,
    hint: `See the subnets of the VPC: aws ec2 describe-subnets --region ${scope.region} --filters Name=vpc-id,Values=${vpc}`,
  });
}

async function vpcOf(ec2: Ec2Service, vpc: string) {
  const { Vpcs: [found] = [] } = await ec2.call("DescribeVpcs", ({ client, sdk, options }) =>
    client.send(new sdk.DescribeVpcsCommand({ VpcIds: [vpc] }), options),
  );
  const cidrs = (found?.CidrBlockAssociationSet ?? []).flatMap(({ CidrBlock, CidrBlockState }) =>
    CidrBlock === undefined || /^disassoc|^fail/.test(CidrBlockState?.State ?? "") ? [] : [CidrBlock],
  );
  return { cidrs: cidrs.length > 0 ? cidrs : [found?.CidrBlock ?? ""], dhcp: found?.DhcpOptionsId };
}

async function dnsSupportOf(ec2: Ec2Service, VpcId: string): Promise<boolean | undefined> {
  const { EnableDnsSupport } = await ec2.call("DescribeVpcAttribute", ({ client, sdk, options }) =>
    client.send(new sdk.DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsSupport" }), options),
  );
  return EnableDnsSupport?.Value;
}

async function nameServersOf(ec2: Ec2Service, dhcp: string | undefined): Promise<readonly string[]> {
  // "default" are AWS's own.
  if (dhcp === undefined || dhcp === "default") return [AMAZON_DNS];
  const { DhcpOptions: [found] = [] } = await ec2.call("DescribeDhcpOptions", ({ client, sdk, options }) =>
    client.send(new sdk.DescribeDhcpOptionsCommand({ DhcpOptionsIds: [dhcp] }), options),
  );
  const servers = found?.DhcpConfigurations?.find(({ Key }) => Key === "domain-name-servers");
  return (servers?.Values ?? []).flatMap(({ Value }) => Value ?? []);
}

async function routeTablesOf(ec2: Ec2Service, vpc: string): Promise<readonly RouteTable[]> {
  const found: RouteTable[] = [];
  await ec2.call("DescribeRouteTables", async ({ client, sdk, options }) => {
    const Filters = [{ Name: "vpc-id", Values: [vpc] }];
    for await (const { RouteTables = [] } of sdk.paginateDescribeRouteTables(
      { client },
      { Filters },
      options,
    ))
      found.push(...RouteTables);
  });
  return found;
}

interface Endpoint {
  /** "s3", "ecr.api" … */
  readonly service: string;
  readonly routeTables: readonly string[];
}

async function endpointsOf(ec2: Ec2Service, vpc: string): Promise<readonly Endpoint[]> {
  const found: Endpoint[] = [];
  await ec2.call("DescribeVpcEndpoints", async ({ client, sdk, options }) => {
    const Filters = [{ Name: "vpc-id", Values: [vpc] }];
    const pages = sdk.paginateDescribeVpcEndpoints({ client }, { Filters }, options);
    // "com.amazonaws.REGION.ecr.api"; China's begin with "cn." too.
    for await (const { VpcEndpoints = [] } of pages)
      for (const { ServiceName = "", RouteTableIds = [] } of VpcEndpoints)
        found.push({
          service: ServiceName.replace(/^(cn\.)?com\.amazonaws\.[^.]+\./, ""),
          routeTables: RouteTableIds,
        });
  });
  return found;
}

/** The table of a subnet: its own, else the VPC's main one. */
const tableOf = (tables: readonly RouteTable[], subnet: string): RouteTable | undefined =>
  tables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnet)) ??
  tables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main));

function defaultRoute(table: RouteTable | undefined): Route {
  const found = table?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === "0.0.0.0/0");
  if (!found || found.State === "blackhole") return "none";
  if (found.GatewayId?.startsWith("igw-")) return "internet";
  return found.NatGatewayId === undefined ? "other" : "nat";
}

/**
 * What an existing VPC and these subnets of it are like.
 * @throws UserError (exit code 2) when a subnet lies in another VPC; (4) when AWS refuses or does not know one.
 */
export async function existingNetwork(
  scope: AwsScope,
  vpc: string,
  ids: readonly string[],
): Promise<NetworkFacts> {
  const ec2 = ec2Service(scope);
  const known = vpcOf(ec2, vpc);
  const [subnets, { cidrs }, dnsSupport, nameServers, tables, endpoints] = await Promise.all([
    subnetsOf(ec2, scope, vpc, ids),
    known,
    unlessRefused(dnsSupportOf(ec2, vpc)),
    unlessRefused(known.then(({ dhcp }) => nameServersOf(ec2, dhcp))),
    unlessRefused(routeTablesOf(ec2, vpc)),
    unlessRefused(endpointsOf(ec2, vpc)),
  ]);
  const s3Tables = endpoints?.flatMap(({ service, routeTables }) => (service === "s3" ? routeTables : []));
  const found = subnets.map(({ SubnetId: id = "", AvailabilityZone: zone = "", AvailableIpAddressCount }) => {
    const table = tables && tableOf(tables, id);
    return {
      id,
      zone,
      freeAddresses: AvailableIpAddressCount ?? 0,
      route: tables && defaultRoute(table),
      s3Endpoint: tables && s3Tables?.includes(table?.RouteTableId ?? ""),
    };
  });
  return {
    cidrs,
    dnsSupport,
    // Who may not ask is told nothing wrong.
    nameServers: nameServers ?? ["unknown"],
    subnets: found,
    endpoints: (endpoints ?? []).map(({ service }) => service),
  };
}
