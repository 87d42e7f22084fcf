import { randomBytes } from "node:crypto";
import * as ec2 from "@aws-sdk/client-ec2";
import { EC2Client } from "@aws-sdk/client-ec2";
import * as iam from "@aws-sdk/client-iam";
import { clusterLabels } from "../../src/plan/identity.js";

export interface MadeCluster {
  readonly project: string;
  readonly cluster: string;
  readonly clusterId: string;
  readonly instances: readonly string[];
  readonly fleet: string;
  readonly group: string;
  /** What create told of the fleet's shortage. */
  readonly fleetErrors: number;
}

/** Makes one of everything that a cluster has on AWS, with its tags, as Terraform would. */
export async function makeCluster(
  region: string,
  names: { readonly project: string; readonly cluster: string },
  { instances: count = 3, endpoint }: { readonly instances?: number; readonly endpoint?: string } = {},
): Promise<MadeCluster> {
  const clusterId = randomBytes(6).toString("hex");
  const place = { region, ...(endpoint !== undefined && { endpoint }) };
  const client = new EC2Client(place);
  const identity = { ...names, clusterId, created: "2026-11-01T00:00:00Z", owner: "ann", version: "0.1.0" };
  const Tags = Object.entries(clusterLabels(identity)).map(([Key, Value]) => ({ Key, Value }));
  const TagSpecifications = (ResourceType: ec2.ResourceType) => [{ ResourceType, Tags }];
  const name = `psd-${clusterId}`;

  const { Vpc } = await client.send(
    new ec2.CreateVpcCommand({ CidrBlock: "10.77.0.0/16", TagSpecifications: TagSpecifications("vpc") }),
  );
  const VpcId = Vpc?.VpcId ?? "";
  const { Subnet } = await client.send(
    new ec2.CreateSubnetCommand({
      VpcId,
      CidrBlock: "10.77.0.0/20",
      AvailabilityZone: `${region}a`,
      TagSpecifications: TagSpecifications("subnet"),
    }),
  );
  const { InternetGateway } = await client.send(
    new ec2.CreateInternetGatewayCommand({ TagSpecifications: TagSpecifications("internet-gateway") }),
  );
  const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
  await client.send(new ec2.AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  const { RouteTable } = await client.send(
    new ec2.CreateRouteTableCommand({ VpcId, TagSpecifications: TagSpecifications("route-table") }),
  );
  const RouteTableId = RouteTable?.RouteTableId ?? "";
  await client.send(
    new ec2.CreateRouteCommand({
      RouteTableId,
      DestinationCidrBlock: "0.0.0.0/0",
      GatewayId: InternetGatewayId,
    }),
  );
  await client.send(new ec2.AssociateRouteTableCommand({ RouteTableId, SubnetId: Subnet?.SubnetId ?? "" }));
  await client.send(
    new ec2.CreateVpcEndpointCommand({
      VpcId,
      VpcEndpointType: "Gateway",
      ServiceName: `com.amazonaws.${region}.s3`,
      RouteTableIds: [RouteTableId],
      TagSpecifications: TagSpecifications("vpc-endpoint"),
    }),
  );
  const { GroupId = "" } = await client.send(
    new ec2.CreateSecurityGroupCommand({
      GroupName: name,
      Description: name,
      VpcId,
      TagSpecifications: TagSpecifications("security-group"),
    }),
  );
  await client.send(
    new ec2.CreateKeyPairCommand({ KeyName: name, TagSpecifications: TagSpecifications("key-pair") }),
  );
  await client.send(
    new ec2.CreateVolumeCommand({
      AvailabilityZone: `${region}a`,
      Size: 1,
      TagSpecifications: TagSpecifications("volume"),
    }),
  );
  await client.send(
    new ec2.CreateNetworkInterfaceCommand({
      SubnetId: Subnet?.SubnetId,
      TagSpecifications: TagSpecifications("network-interface"),
    }),
  );
  await client.send(
    new ec2.AllocateAddressCommand({ Domain: "vpc", TagSpecifications: TagSpecifications("elastic-ip") }),
  );
  await makeRole(place, name, Tags);
  const { LaunchTemplate } = await client.send(
    new ec2.CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: {
        ImageId: "ami-05fb4f257abd42992",
        IamInstanceProfile: { Name: name },
        NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: [GroupId] }],
        TagSpecifications: [
          { ResourceType: "instance", Tags: [...Tags, { Key: "pyspark-deploy:role", Value: "worker" }] },
        ],
      },
      TagSpecifications: TagSpecifications("launch-template"),
    }),
  );
  const {
    FleetId = "",
    Instances = [],
    Errors = [],
  } = await client.send(
    new ec2.CreateFleetCommand({
      Type: "instant",
      LaunchTemplateConfigs: [
        {
          LaunchTemplateSpecification: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: "1" },
          Overrides: [{ InstanceType: "m6i.large", SubnetId: Subnet?.SubnetId }],
        },
      ],
      TargetCapacitySpecification: { TotalTargetCapacity: count, DefaultTargetCapacityType: "on-demand" },
      TagSpecifications: TagSpecifications("fleet"),
    }),
  );
  return {
    ...names,
    clusterId,
    fleet: FleetId,
    group: GroupId,
    instances: Instances.flatMap(({ InstanceIds = [] }) => InstanceIds),
    fleetErrors: Errors.length,
  };
}

async function makeRole(
  place: { readonly region: string; readonly endpoint?: string },
  name: string,
  Tags: { Key: string; Value: string }[],
): Promise<void> {
  const client = new iam.IAMClient(place);
  const Path = "/pyspark-deploy/";
  await client.send(
    new iam.CreateRoleCommand({ RoleName: name, Path, AssumeRolePolicyDocument: "{}", Tags }),
  );
  await client.send(
    new iam.PutRolePolicyCommand({
      RoleName: name,
      PolicyName: "storage",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
      }),
    }),
  );
  await client.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: name, Path, Tags }));
  await client.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
}
