import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ec2 from "@aws-sdk/client-ec2";
import { CreatePolicyCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type AwsScope, awsEnvironment } from "../../src/adapters/aws/client.js";
import { callerIdentity } from "../../src/adapters/aws/identity.js";
import { inventory } from "../../src/adapters/aws/inventory.js";
import { existingNetwork } from "../../src/adapters/aws/network.js";
import { removeAll } from "../../src/adapters/aws/sweep.js";
import { findTerraform } from "../../src/adapters/terraform/find.js";
import { Terraform } from "../../src/adapters/terraform/terraform.js";
import { planAwsCluster } from "../../src/plan/aws/aws-plan.js";
import { terraformVariables } from "../../src/plan/aws/terraform-variables.js";
import { AwsApi } from "../support/aws-api.js";
import { awsPlanRequest } from "../support/aws-plan.js";
import { terraformEnvironment } from "../support/terraform.js";

const REGION = "eu-west-1";
const own: AwsScope = { region: REGION };
/** Of another account, as company accounts are. */
const ROLE = "arn:aws:iam::210987654321:role/spark-clusters";
const asRole: AwsScope = {
  region: REGION,
  role: { arn: ROLE, externalId: "research-42", sessionName: "ann" },
};
const directory = mkdtempSync(join(tmpdir(), "psd-networks-"));
let api: AwsApi;

vi.setConfig({ testTimeout: 120_000 });

beforeAll(async () => {
  api = await AwsApi.start({ terminationSeconds: 0 });
  for (const [name, value] of Object.entries({ ...api.env, ...terraformEnvironment(directory) }))
    vi.stubEnv(name, value);
});
afterEach(() => api.clearFaults());
afterAll(() => {
  api.stop();
  vi.unstubAllEnvs();
});

async function client(scope: AwsScope) {
  const found = await awsEnvironment(scope);
  const credentials = found.AWS_ACCESS_KEY_ID !== undefined && {
    accessKeyId: found.AWS_ACCESS_KEY_ID,
    secretAccessKey: found.AWS_SECRET_ACCESS_KEY ?? "",
    sessionToken: found.AWS_SESSION_TOKEN ?? "",
  };
  const options = { region: REGION, ...(credentials && { credentials }) };
  return { ec2: new ec2.EC2Client(options), iam: new IAMClient(options) };
}

/** A VPC as a company has made it: no DNS of AWS's, resolvers of its own, one subnet behind a NAT gateway, one that leads nowhere. */
async function companyVpc(scope: AwsScope) {
  const { ec2: aws } = await client(scope);
  const { Vpc } = await aws.send(new ec2.CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
  const VpcId = Vpc?.VpcId ?? "";
  await aws.send(new ec2.ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: false } }));
  const { DhcpOptions } = await aws.send(
    new ec2.CreateDhcpOptionsCommand({
      DhcpConfigurations: [
        { Key: "domain-name-servers", Values: ["10.9.0.53", "10.10.0.53"] },
        { Key: "domain-name", Values: ["corp.example.com"] },
      ],
    }),
  );
  await aws.send(
    new ec2.AssociateDhcpOptionsCommand({ VpcId, DhcpOptionsId: DhcpOptions?.DhcpOptionsId ?? "" }),
  );
  const subnet = async (index: number, zone: string) => {
    const { Subnet } = await aws.send(
      new ec2.CreateSubnetCommand({
        VpcId,
        CidrBlock: `10.9.${index}.0/24`,
        AvailabilityZone: `${REGION}${zone}`,
      }),
    );
    const { RouteTable } = await aws.send(new ec2.CreateRouteTableCommand({ VpcId }));
    const [SubnetId, RouteTableId] = [Subnet?.SubnetId ?? "", RouteTable?.RouteTableId ?? ""];
    await aws.send(new ec2.AssociateRouteTableCommand({ RouteTableId, SubnetId }));
    return { SubnetId, RouteTableId };
  };
  const [inside, lost] = [await subnet(0, "a"), await subnet(1, "b")];
  const { Subnet: outside } = await aws.send(
    new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.9.2.0/24", AvailabilityZone: `${REGION}c` }),
  );
  const { NatGateway } = await aws.send(
    new ec2.CreateNatGatewayCommand({ SubnetId: outside?.SubnetId, ConnectivityType: "private" }),
  );
  await aws.send(
    new ec2.CreateRouteCommand({
      RouteTableId: inside.RouteTableId,
      DestinationCidrBlock: "0.0.0.0/0",
      NatGatewayId: NatGateway?.NatGatewayId,
    }),
  );
  await aws.send(
    new ec2.CreateVpcEndpointCommand({
      VpcId,
      VpcEndpointType: "Gateway",
      ServiceName: `com.amazonaws.${REGION}.s3`,
      RouteTableIds: [inside.RouteTableId],
    }),
  );
  return { vpc: VpcId, inside: inside.SubnetId, lost: lost.SubnetId };
}

describe("an existing VPC", () => {
  it("is known by its ranges, resolvers, routes and endpoints", async () => {
    const { vpc, inside, lost } = await companyVpc(own);
    expect(await existingNetwork(own, vpc, [inside, lost])).toEqual({
      cidrs: ["10.9.0.0/16"],
      dnsSupport: false,
      nameServers: ["10.9.0.53", "10.10.0.53"],
      subnets: [
        { id: inside, zone: "eu-west-1a", freeAddresses: 251, route: "nat", s3Endpoint: true },
        { id: lost, zone: "eu-west-1b", freeAddresses: 251, route: "none", s3Endpoint: false },
      ],
      endpoints: ["s3"],
    });
  });

  it("can be used by those who may not ask for more than its subnets", async () => {
    const { vpc, inside } = await companyVpc(own);
    for (const action of [
      "DescribeVpcAttribute",
      "DescribeDhcpOptions",
      "DescribeRouteTables",
      "DescribeVpcEndpoints",
    ])
      await api.fault({ action, code: "UnauthorizedOperation", status: 403, message: "no" });
    const found = await existingNetwork(own, vpc, [inside]);
    expect(found).toMatchObject({ dnsSupport: undefined, subnets: [{ id: inside, zone: "eu-west-1a" }] });
    expect(found.subnets[0]?.route).toBeUndefined();
  });
});

describe("a role that is taken", () => {
  it("is who asks, with the name of its session", async () => {
    expect(await callerIdentity(asRole)).toMatchObject({
      account: "210987654321",
      arn: "arn:aws:sts::210987654321:assumed-role/spark-clusters/ann",
    });
  });

  it("makes a cluster's network in its own account, with the company's tags and boundary, and removes it", async () => {
    const { vpc, inside } = await companyVpc(asRole);
    const { ec2: aws, iam } = await client(asRole);
    const policy = await iam.send(
      new CreatePolicyCommand({
        PolicyName: "boundary",
        PolicyDocument:
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
      }),
    );
    const boundary = policy.Policy?.Arn ?? "";
    const request = awsPlanRequest({
      config: {
        aws: {
          vpc,
          subnets: [inside],
          private: true,
          assumeRole: ROLE,
          tags: { "cost-center": "1234" },
          permissionsBoundary: boundary,
        },
      },
      cloud: { network: await existingNetwork(asRole, vpc, [inside]) },
      sshCidrs: [],
    });
    const plan = planAwsCluster(request);
    const terraform = new Terraform({
      program: await findTerraform(),
      stateDirectory: join(directory, "state"),
      cacheDirectory: join(directory, "cache"),
      env: () => awsEnvironment(asRole),
    });
    const launch = {
      attempt: undefined,
      publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFYbmHG0sjQzyUqgPX8PvWlqJyYeAQTnv2J1WwNQzqgM",
      userData: "aGVsbG8=",
    };
    const outputs = await terraform.apply(terraformVariables(plan, launch), () => {});
    const { SecurityGroups: [group] = [] } = await aws.send(
      new ec2.DescribeSecurityGroupsCommand({ GroupIds: [outputs.securityGroupId ?? ""] }),
    );
    expect(group).toMatchObject({
      VpcId: vpc,
      Tags: expect.arrayContaining([{ Key: "cost-center", Value: "1234" }]),
    });
    const ssh = group?.IpPermissions?.find(({ FromPort }) => FromPort === 22);
    expect(ssh?.IpRanges?.map(({ CidrIp }) => CidrIp)).toEqual(["10.9.0.0/16"]);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "psd-abc123" }));
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(boundary);
    expect(Role?.Tags).toContainEqual({ Key: "cost-center", Value: "1234" });
    const selector = { clusterId: "abc123" };
    expect((await inventory(asRole, selector)).resources.length).toBeGreaterThan(4);
    expect((await inventory(own, selector)).resources).toEqual([]);
    const { left } = await removeAll(asRole, selector, { onProgress: () => {} });
    expect(left).toEqual([]);
    const after = await aws.send(new ec2.DescribeVpcsCommand({ VpcIds: [vpc] }));
    expect(after.Vpcs).toHaveLength(1);
  });

  it("that may not be taken is named, with what would have to allow it", async () => {
    await api.fault({
      action: "AssumeRole",
      code: "AccessDenied",
      status: 403,
      message: `User: arn:aws:iam::123456789012:user/ann is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`,
    });
    await expect(callerIdentity({ ...asRole })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(`take the role ${ROLE} (sts:AssumeRole)`),
      hint: expect.stringContaining("externalId"),
    });
  });
});
