import type { Labels } from "../../plan/identity.js";
import type { Ec2Service } from "./ec2.js";
import { awsCode } from "./errors.js";
import { tagFilters, tagTable } from "./tags.js";

export interface Found {
  readonly id: string;
  readonly state?: string | undefined;
  readonly tags: Labels;
}

interface KindOfResource {
  /** All that has these tags and is not gone. */
  find(ec2: Ec2Service, tags: Labels): Promise<Found[]>;
  /** Removes one; it may throw what AWS says of one that is gone already or still in use. */
  remove(ec2: Ec2Service, id: string): Promise<unknown>;
}

interface Raw {
  readonly Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
}

/** Collects what the pages of a Describe call hold. */
async function collect<Page, Item extends Raw>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
  id: (item: Item) => string | undefined,
  state: (item: Item) => string | undefined = () => undefined,
): Promise<Found[]> {
  const found: Found[] = [];
  for await (const page of pages)
    for (const item of items(page) ?? [])
      found.push({ id: id(item) ?? "", state: state(item), tags: tagTable(item.Tags) });
  return found;
}

const without = (found: readonly Found[], gone: RegExp) =>
  found.filter(({ state = "" }) => !gone.test(state));

/** AWS answers instant fleets only when they are asked for by id, which their tags tell. */
async function fleetIds(ec2: Ec2Service, tags: Labels): Promise<string[]> {
  const perTag = await Promise.all(
    Object.entries(tags).map(([key, value]) =>
      ec2.call("DescribeTags", async ({ client, sdk, options }) => {
        const ids = new Set<string>();
        const Filters = [
          { Name: "resource-type", Values: ["fleet"] },
          { Name: "key", Values: [key] },
          { Name: "value", Values: [value] },
        ];
        for await (const { Tags = [] } of sdk.paginateDescribeTags({ client }, { Filters }, options))
          for (const { ResourceId = "" } of Tags) ids.add(ResourceId);
        return ids;
      }),
    ),
  );
  const [first = new Set<string>(), ...others] = perTag;
  return [...first].filter((id) => others.every((ids) => ids.has(id)));
}

async function describeFleets(ec2: Ec2Service, ids: readonly string[]): Promise<Found[]> {
  if (ids.length === 0) return [];
  try {
    return await ec2.call("DescribeFleets", ({ client, sdk, options }) =>
      collect(
        sdk.paginateDescribeFleets({ client }, { FleetIds: [...ids] }, options),
        ({ Fleets }) => Fleets,
        ({ FleetId }) => FleetId,
        ({ FleetState }) => FleetState,
      ),
    );
  } catch (error) {
    if (!awsCode(error)?.startsWith("InvalidFleetId")) throw error;
    // One that is forgotten already hides the others.
    return ids.length === 1 ? [] : (await Promise.all(ids.map((id) => describeFleets(ec2, [id])))).flat();
  }
}

/** How each kind of resource that a cluster may have is found by its tags, and removed: what costs most comes first. */
export const EC2_KINDS = {
  instance: {
    find: async (ec2, tags) =>
      without(
        await ec2.call("DescribeInstances", ({ client, sdk, options }) =>
          collect(
            sdk.paginateDescribeInstances({ client }, { Filters: tagFilters(tags) }, options),
            ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances),
            ({ InstanceId }) => InstanceId,
            ({ State }) => State?.Name,
          ),
        ),
        /^terminated$/,
      ),
    remove: (ec2, id) =>
      ec2.call("TerminateInstances", ({ client, sdk, options }) =>
        client.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }), options),
      ),
  },
  "spot-request": {
    find: async (ec2, tags) =>
      without(
        await ec2.call("DescribeSpotInstanceRequests", ({ client, sdk, options }) =>
          collect(
            sdk.paginateDescribeSpotInstanceRequests({ client }, { Filters: tagFilters(tags) }, options),
            ({ SpotInstanceRequests }) => SpotInstanceRequests,
            ({ SpotInstanceRequestId }) => SpotInstanceRequestId,
            ({ State }) => State,
          ),
        ),
        /^(cancelled|closed|failed|completed|disabled)$/,
      ),
    remove: (ec2, id) =>
      ec2.call("CancelSpotInstanceRequests", ({ client, sdk, options }) =>
        client.send(new sdk.CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] }), options),
      ),
  },
  fleet: {
    find: async (ec2, tags) => without(await describeFleets(ec2, await fleetIds(ec2, tags)), /^deleted/),
    remove: (ec2, id) =>
      ec2.call("DeleteFleets", async ({ client, sdk, options }) => {
        // An instant fleet can be deleted with its instances only.
        const answer = await client.send(
          new sdk.DeleteFleetsCommand({ FleetIds: [id], TerminateInstances: true }),
          options,
        );
        const { Code = "", Message = "" } = answer.UnsuccessfulFleetDeletions?.[0]?.Error ?? {};
        if (Code !== "" && Code !== "fleetIdDoesNotExist")
          throw Object.assign(new Error(Message), { name: Code });
      }),
  },
  volume: {
    find: async (ec2, tags) =>
      without(
        await ec2.call("DescribeVolumes", ({ client, sdk, options }) =>
          collect(
            sdk.paginateDescribeVolumes({ client }, { Filters: tagFilters(tags) }, options),
            ({ Volumes }) => Volumes,
            ({ VolumeId }) => VolumeId,
            ({ State }) => State,
          ),
        ),
        /^delet/,
      ),
    remove: (ec2, id) =>
      ec2.call("DeleteVolume", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteVolumeCommand({ VolumeId: id }), options),
      ),
  },
  "elastic-ip": {
    find: async (ec2, tags) => {
      const { Addresses = [] } = await ec2.call("DescribeAddresses", ({ client, sdk, options }) =>
        client.send(new sdk.DescribeAddressesCommand({ Filters: tagFilters(tags) }), options),
      );
      return Addresses.map(({ AllocationId = "", Tags }) => ({ id: AllocationId, tags: tagTable(Tags) }));
    },
    remove: (ec2, id) =>
      ec2.call("ReleaseAddress", ({ client, sdk, options }) =>
        client.send(new sdk.ReleaseAddressCommand({ AllocationId: id }), options),
      ),
  },
  "network-interface": {
    find: (ec2, tags) =>
      ec2.call("DescribeNetworkInterfaces", ({ client, sdk, options }) =>
        collect(
          sdk.paginateDescribeNetworkInterfaces({ client }, { Filters: tagFilters(tags) }, options),
          ({ NetworkInterfaces = [] }) =>
            NetworkInterfaces.map(({ TagSet, ...rest }) => ({ ...rest, Tags: TagSet })),
          ({ NetworkInterfaceId }) => NetworkInterfaceId,
          ({ Status }) => Status,
        ),
      ),
    remove: (ec2, id) =>
      ec2.call("DeleteNetworkInterface", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }), options),
      ),
  },
  "launch-template": {
    find: (ec2, tags) =>
      ec2.call("DescribeLaunchTemplates", ({ client, sdk, options }) =>
        collect(
          sdk.paginateDescribeLaunchTemplates({ client }, { Filters: tagFilters(tags) }, options),
          ({ LaunchTemplates }) => LaunchTemplates,
          ({ LaunchTemplateId }) => LaunchTemplateId,
        ),
      ),
    remove: (ec2, id) =>
      ec2.call("DeleteLaunchTemplate", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteLaunchTemplateCommand({ LaunchTemplateId: id }), options),
      ),
  },
  "key-pair": {
    find: async (ec2, tags) => {
      const { KeyPairs = [] } = await ec2.call("DescribeKeyPairs", ({ client, sdk, options }) =>
        client.send(new sdk.DescribeKeyPairsCommand({ Filters: tagFilters(tags) }), options),
      );
      return KeyPairs.map(({ KeyName = "", Tags }) => ({ id: KeyName, tags: tagTable(Tags) }));
    },
    remove: (ec2, id) =>
      ec2.call("DeleteKeyPair", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteKeyPairCommand({ KeyName: id }), options),
      ),
  },
  "vpc-endpoint": {
    find: async (ec2, tags) =>
      without(
        await ec2.call("DescribeVpcEndpoints", ({ client, sdk, options }) =>
          collect(
            sdk.paginateDescribeVpcEndpoints({ client }, { Filters: tagFilters(tags) }, options),
            ({ VpcEndpoints }) => VpcEndpoints,
            ({ VpcEndpointId }) => VpcEndpointId,
            ({ State }) => State,
          ),
        ),
        /^delet/i,
      ),
    remove: (ec2, id) =>
      ec2.call("DeleteVpcEndpoints", async ({ client, sdk, options }) => {
        const { Unsuccessful = [] } = await client.send(
          new sdk.DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }),
          options,
        );
        const { Code = "", Message = "" } = Unsuccessful[0]?.Error ?? {};
        if (Code !== "") throw Object.assign(new Error(Message), { name: Code });
      }),
  },
  "security-group": {
    find: (ec2, tags) =>
      ec2.call("DescribeSecurityGroups", ({ client, sdk, options }) =>
        collect(
          sdk.paginateDescribeSecurityGroups({ client }, { Filters: tagFilters(tags) }, options),
          ({ SecurityGroups }) => SecurityGroups,
          ({ GroupId }) => GroupId,
        ),
      ),
    remove: (ec2, id) =>
      ec2.call("DeleteSecurityGroup", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteSecurityGroupCommand({ GroupId: id }), options),
      ),
  },
  "route-table": {
    find: (ec2, tags) =>
      ec2.call("DescribeRouteTables", ({ client, sdk, options }) =>
        collect(
          sdk.paginateDescribeRouteTables({ client }, { Filters: tagFilters(tags) }, options),
          // The main one goes with its VPC.
          ({ RouteTables = [] }) =>
            RouteTables.filter(({ Associations = [] }) => !Associations.some(({ Main }) => Main)),
          ({ RouteTableId }) => RouteTableId,
        ),
      ),
    remove: async (ec2, id) => {
      const { RouteTables: [table] = [] } = await ec2.call(
        "DescribeRouteTables",
        ({ client, sdk, options }) =>
          client.send(new sdk.DescribeRouteTablesCommand({ RouteTableIds: [id] }), options),
      );
      for (const { RouteTableAssociationId } of table?.Associations ?? [])
        await ec2.call("DisassociateRouteTable", ({ client, sdk, options }) =>
          client.send(
            new sdk.DisassociateRouteTableCommand({ AssociationId: RouteTableAssociationId }),
            options,
          ),
        );
      await ec2.call("DeleteRouteTable", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteRouteTableCommand({ RouteTableId: id }), options),
      );
    },
  },
  "internet-gateway": {
    find: (ec2, tags) =>
      ec2.call("DescribeInternetGateways", ({ client, sdk, options }) =>
        collect(
          sdk.paginateDescribeInternetGateways({ client }, { Filters: tagFilters(tags) }, options),
          ({ InternetGateways }) => InternetGateways,
          ({ InternetGatewayId }) => InternetGatewayId,
        ),
      ),
    remove: async (ec2, id) => {
      const { InternetGateways: [gateway] = [] } = await ec2.call(
        "DescribeInternetGateways",
        ({ client, sdk, options }) =>
          client.send(new sdk.DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] }), options),
      );
      for (const { VpcId } of gateway?.Attachments ?? [])
        await ec2.call("DetachInternetGateway", ({ client, sdk, options }) =>
          client.send(new sdk.DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId }), options),
        );
      await ec2.call("DeleteInternetGateway", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteInternetGatewayCommand({ InternetGatewayId: id }), options),
      );
    },
  },
  subnet: {
    find: (ec2, tags) =>
      ec2.call("DescribeSubnets", ({ client, sdk, options }) =>
        collect(
          sdk.paginateDescribeSubnets({ client }, { Filters: tagFilters(tags) }, options),
          ({ Subnets }) => Subnets,
          ({ SubnetId }) => SubnetId,
        ),
      ),
    remove: (ec2, id) =>
      ec2.call("DeleteSubnet", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteSubnetCommand({ SubnetId: id }), options),
      ),
  },
  vpc: {
    find: (ec2, tags) =>
      ec2.call("DescribeVpcs", ({ client, sdk, options }) =>
        collect(
          sdk.paginateDescribeVpcs({ client }, { Filters: tagFilters(tags) }, options),
          ({ Vpcs }) => Vpcs,
          ({ VpcId }) => VpcId,
        ),
      ),
    remove: (ec2, id) =>
      ec2.call("DeleteVpc", ({ client, sdk, options }) =>
        client.send(new sdk.DeleteVpcCommand({ VpcId: id }), options),
      ),
  },
} satisfies Record<string, KindOfResource>;
