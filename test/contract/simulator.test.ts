import {
  CreateFleetCommand,
  CreateVpcCommand,
  DeleteFleetsCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeFleetsCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ControlClient } from "../../src/simulator/api.js";
import type { Simulator } from "../../src/simulator/simulator.js";
import { Cloud, launched, type Network, startApi } from "../support/simulator.js";

let simulator: Simulator;
let cloud: Cloud;
let network: Network;
let ami: string;
let template: string;
let templates = 0;

const makeTemplate = (more: object = {}) =>
  cloud.template(`template-${templates++}`, {
    ImageId: ami,
    UserData: Buffer.from([0x1f, 0x8b, 0xff]).toString("base64"),
    InstanceInitiatedShutdownBehavior: "terminate",
    IamInstanceProfile: { Name: "nodes" },
    MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 2 },
    NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: [network.group] }],
    BlockDeviceMappings: [
      { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 50, VolumeType: "gp3", Encrypted: true } },
      { DeviceName: "/dev/sdb", VirtualName: "ephemeral0" },
    ],
    TagSpecifications: [
      { ResourceType: "instance", Tags: [{ Key: "role", Value: "worker" }] },
      { ResourceType: "volume", Tags: [{ Key: "role", Value: "disk" }] },
    ],
    ...more,
  });

const describeInstances = async (ids: readonly string[]) => {
  const { Reservations = [] } = await cloud.ec2.send(new DescribeInstancesCommand({ InstanceIds: [...ids] }));
  return Reservations.flatMap(({ Instances = [] }) => Instances);
};
const statesOf = async (ids: readonly string[]) =>
  (await describeInstances(ids)).map(({ State }) => State?.Name);
const terminate = (ids: readonly string[]) =>
  cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [...ids] }));
const codes = (answer: { Errors?: { ErrorCode?: string | undefined }[] | undefined }) =>
  (answer.Errors ?? []).map(({ ErrorCode }) => ErrorCode);

beforeAll(async () => {
  simulator = await startApi();
  cloud = new Cloud(simulator);
  ami = await cloud.ami();
  await cloud.profile("nodes");
  network = await cloud.network();
  template = await makeTemplate();
});

afterEach(async () => {
  await simulator.clearFaults();
  await simulator.change({ profileDelaySeconds: 0, terminationSeconds: 0 });
});

afterAll(async () => {
  await simulator.stop();
});

describe("an instant fleet", () => {
  it("launches what its template says", async () => {
    const answer = await cloud.fleet(template, network.subnet, 2);
    const instances = await describeInstances(launched(answer));
    expect(instances).toHaveLength(2);
    for (const instance of instances) {
      expect(instance).toMatchObject({
        InstanceType: "m6i.large",
        IamInstanceProfile: { Arn: expect.stringMatching(/instance-profile\/nodes$/) },
        MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 2 },
        SecurityGroups: [{ GroupId: network.group }],
        PublicIpAddress: instance.PrivateIpAddress,
      });
      expect(instance.Tags).toContainEqual({ Key: "role", Value: "worker" });
    }
    const ids = instances.flatMap(({ BlockDeviceMappings = [] }) =>
      BlockDeviceMappings.map(({ Ebs }) => Ebs?.VolumeId ?? ""),
    );
    const { Volumes = [] } = await cloud.ec2.send(new DescribeVolumesCommand({ VolumeIds: ids }));
    expect(Volumes).toHaveLength(2);
    for (const volume of Volumes)
      expect(volume).toMatchObject({
        Size: 50,
        VolumeType: "gp3",
        Encrypted: true,
        Tags: [{ Value: "disk" }],
      });
  });

  it("in a profile that EC2 can't see yet gets no instances and says why, with HTTP 200", async () => {
    await simulator.change({ profileDelaySeconds: 3600 });
    await cloud.profile("fresh");
    const fresh = await makeTemplate({ IamInstanceProfile: { Name: "fresh" } });
    const answer = await cloud.fleet(fresh, network.subnet, 1);
    expect(launched(answer)).toEqual([]);
    expect(answer.Errors?.[0]).toMatchObject({
      ErrorCode: "InvalidParameterValue",
      ErrorMessage:
        "Value (fresh) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
    });
  });

  it.each([
    ["an unknown profile", { IamInstanceProfile: { Name: "none" } }, "InvalidParameterValue"],
    ["an unknown image", { ImageId: "ami-0123456789abcdef0" }, "InvalidAMIID.NotFound"],
  ])("with %s gets no instances and says why", async (_what, data, code) => {
    const answer = await cloud.fleet(await makeTemplate(data), network.subnet, 1);
    expect(launched(answer)).toEqual([]);
    expect(codes(answer)).toEqual([code]);
  });

  it("of a type that its zone does not offer says so", async () => {
    const answer = await cloud.fleet(template, network.subnet, 1, ["u-24tb1.metal"]);
    expect(codes(answer)).toEqual(["InvalidFleetConfiguration"]);
  });

  it("takes the next type when the first has no capacity", async () => {
    await simulator.fault({ kind: "capacity", types: ["m6i.large"] });
    const answer = await cloud.fleet(template, network.subnet, 1, ["m6i.large", "m5.large"]);
    expect(codes(answer)).toEqual(["InsufficientInstanceCapacity"]);
    expect((await describeInstances(launched(answer)))[0]?.InstanceType).toBe("m5.large");
  });

  it("without capacity for the workers alone still has a master", async () => {
    await simulator.fault({ kind: "capacity", tags: { role: "worker" } });
    const master = await makeTemplate({
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "role", Value: "master" }] }],
    });
    expect(launched(await cloud.fleet(template, network.subnet, 1))).toEqual([]);
    expect(launched(await cloud.fleet(master, network.subnet, 1))).toHaveLength(1);
  });

  it("can come out shorter than asked, and tells DescribeFleets why", async () => {
    await simulator.fault({ kind: "short", count: 1, times: 1 });
    const answer = await cloud.fleet(template, network.subnet, 3);
    expect(launched(answer)).toHaveLength(1);
    const { Fleets = [] } = await cloud.ec2.send(
      new DescribeFleetsCommand({ FleetIds: [answer.FleetId ?? ""] }),
    );
    expect(codes(Fleets[0] ?? {})).toEqual(["InsufficientInstanceCapacity"]);
    expect(launched(await cloud.fleet(template, network.subnet, 3))).toHaveLength(3);
  });

  it("is deleted together with its instances", async () => {
    const answer = await cloud.fleet(template, network.subnet, 2);
    const fleet = { FleetIds: [answer.FleetId ?? ""] };
    await cloud.ec2.send(new DeleteFleetsCommand({ ...fleet, TerminateInstances: true }));
    expect(await statesOf(launched(answer))).toEqual(["terminated", "terminated"]);
    const { Fleets = [] } = await cloud.ec2.send(new DescribeFleetsCommand(fleet));
    expect(Fleets[0]?.FleetState).toBe("deleted");
  });

  it("of spot instances launches spot instances", async () => {
    const answer = await cloud.ec2.send(
      new CreateFleetCommand({
        Type: "instant",
        LaunchTemplateConfigs: [
          {
            LaunchTemplateSpecification: { LaunchTemplateId: template, Version: "$Latest" },
            Overrides: [{ InstanceType: "m5.large", SubnetId: network.subnet }],
          },
        ],
        TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: "spot" },
      }),
    );
    expect((await describeInstances(launched(answer)))[0]?.InstanceLifecycle).toBe("spot");
    const [instance = ""] = launched(answer);
    await simulator.interrupt(instance, 0);
    await vi.waitFor(async () => expect(await statesOf([instance])).toEqual(["terminated"]));
    expect((await describeInstances([instance]))[0]?.StateReason?.Code).toBe(
      "Server.SpotInstanceTermination",
    );
  });

  it("takes nothing back that is on demand", async () => {
    const [instance = ""] = launched(await cloud.fleet(template, network.subnet, 1));
    await expect(simulator.interrupt(instance, 0)).rejects.toThrow(/is no spot instance/);
  });
});

describe("RunInstances", () => {
  const run = (more: object) =>
    cloud.ec2.send(
      new RunInstancesCommand({ MinCount: 1, MaxCount: 1, SubnetId: network.subnet, ImageId: ami, ...more }),
    );

  it.each([
    [
      "an unknown profile",
      { InstanceType: "m5.large", IamInstanceProfile: { Name: "none" } },
      "InvalidParameterValue",
    ],
    ["a type that the zone does not offer", { InstanceType: "u-24tb1.metal" }, "Unsupported"],
    [
      "an unknown image",
      { InstanceType: "m5.large", ImageId: "ami-0123456789abcdef0" },
      "InvalidAMIID.NotFound",
    ],
  ])("refuses %s", async (_what, more, code) => {
    await expect(run(more)).rejects.toMatchObject({ name: code });
  });

  it("refuses when there is no capacity", async () => {
    await simulator.fault({ action: "RunInstances", kind: "capacity", times: 1 });
    await expect(run({ InstanceType: "m5.large" })).rejects.toMatchObject({
      name: "InsufficientInstanceCapacity",
    });
  });
});

describe("a launch template", () => {
  it("does not show its own tags as its instances'", async () => {
    const { LaunchTemplateVersions = [] } = await cloud.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: template }),
    );
    const kinds = LaunchTemplateVersions[0]?.LaunchTemplateData?.TagSpecifications?.map(
      (one) => one.ResourceType,
    );
    expect(kinds).toEqual(["instance", "volume"]);
  });
});

describe("addresses", () => {
  it("are unique over VPCs that share a range, and not used again at once", async () => {
    const other = await cloud.network();
    const ids = [
      ...launched(await cloud.fleet(template, network.subnet, 3)),
      ...launched(await cloud.fleet(await makeTemplate({ NetworkInterfaces: [] }), other.subnet, 3)),
    ];
    const before = (await describeInstances(ids)).map(({ PrivateIpAddress }) => PrivateIpAddress);
    expect(new Set(before).size).toBe(6);
    await terminate(ids);
    const after = await describeInstances(launched(await cloud.fleet(template, network.subnet, 3)));
    for (const { PrivateIpAddress } of after) expect(before).not.toContain(PrivateIpAddress);
  });
});

describe("an instance that was terminated", () => {
  it("holds its network while it shuts down, and nothing afterwards", async () => {
    const own = await cloud.network("10.88.0.0/16");
    const held = await makeTemplate({
      NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: [own.group] }],
    });
    const ids = launched(await cloud.fleet(held, own.subnet, 1));
    await simulator.change({ terminationSeconds: 2 });
    await terminate(ids);
    expect(await statesOf(ids)).toEqual(["shutting-down"]);
    const { vpc, subnet, group, gateway } = own;
    const deletions = [
      () => cloud.ec2.send(new DeleteSecurityGroupCommand({ GroupId: group })),
      () => cloud.ec2.send(new DeleteSubnetCommand({ SubnetId: subnet })),
      () => cloud.ec2.send(new DetachInternetGatewayCommand({ VpcId: vpc, InternetGatewayId: gateway })),
      () => cloud.ec2.send(new DeleteVpcCommand({ VpcId: vpc })),
    ];
    for (const remove of deletions)
      await expect(remove()).rejects.toMatchObject({ name: "DependencyViolation" });
    await expect.poll(() => statesOf(ids), { timeout: 20_000 }).toEqual(["terminated"]);
    for (const remove of deletions) await remove();
    const { NetworkInterfaces = [] } = await cloud.ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "vpc-id", Values: [vpc] }] }),
    );
    expect(NetworkInterfaces).toEqual([]);
  });
});

describe("faults", () => {
  const vpcs = () => cloud.ec2.send(new DescribeVpcsCommand({}));

  it("hit as many calls as they say, after those that they let pass", async () => {
    await simulator.fault({
      action: "DescribeVpcs",
      code: "RequestLimitExceeded",
      status: 503,
      skip: 1,
      times: 2,
    });
    await vpcs();
    for (let call = 0; call < 2; call += 1)
      await expect(vpcs()).rejects.toMatchObject({ name: "RequestLimitExceeded" });
    await vpcs();
  });

  it("look as each service writes its errors", async () => {
    await simulator.fault({ action: "GetRole", code: "AccessDenied", status: 403, message: "not allowed" });
    await expect(cloud.iam.send(new GetRoleCommand({ RoleName: "nodes" }))).rejects.toMatchObject({
      name: "AccessDenied",
      message: "not allowed",
    });
  });

  it("let a call hang before it goes on", async () => {
    await simulator.fault({ action: "DescribeVpcs", kind: "hang", seconds: 0.2 });
    expect((await vpcs()).Vpcs?.length).toBeGreaterThan(0);
    expect(
      (await simulator.requests()).findLast(({ action }) => action === "DescribeVpcs")?.fault,
    ).toBeDefined();
  });

  it("are refused when they are none", async () => {
    await expect(simulator.fault({ kind: "nonsense" as never })).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe("a held call", () => {
  it.each([
    ["takes effect when it is released", false],
    ["was never made when it is dropped", true],
  ])("%s", async (_, drop) => {
    const control = new ControlClient(simulator.env.AWS_ENDPOINT_URL ?? "");
    const { id } = await control.addFault({ kind: "hold", action: "CreateVpc" });
    const before = await control.resources();
    const calling = cloud.ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" })).catch(() => undefined);
    await vi.waitFor(async () => expect((await control.faults())[0]?.held?.action).toBe("CreateVpc"));
    expect(await control.resources()).toEqual(before);
    await control.release(id, drop);
    const vpc = (await calling)?.Vpc?.VpcId;
    const made = (await control.resources()).filter(
      (name) => name.startsWith("vpc ") && !before.includes(name),
    );
    expect(made).toEqual(drop ? [] : [`vpc ${vpc}`]);
  });
});

describe("the request log", () => {
  it("has each call with what it asked for and what it got", async () => {
    const before = (await simulator.requests()).length;
    await cloud.fleet(template, network.subnet, 2);
    const [call] = await simulator.requests(before);
    expect(call).toMatchObject({
      service: "ec2",
      action: "CreateFleet",
      status: 200,
      parameters: {
        "OnDemandOptions.MinTargetCapacity": "2",
        "OnDemandOptions.SingleAvailabilityZone": "true",
      },
    });
  });
});

describe("stop", () => {
  it("ends the simulator, twice is no error, and its API answers no more", async () => {
    const other = await startApi();
    const endpoint = other.env.AWS_ENDPOINT_URL ?? "";
    expect(await other.stop()).toBe(true);
    expect(await other.stop()).toBe(false);
    await expect(fetch(endpoint)).rejects.toThrow();
  });
});
