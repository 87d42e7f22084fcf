import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachInternetGatewayCommand,
  CreateFleetCommand,
  type CreateFleetCommandOutput,
  CreateInternetGatewayCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
  ImportKeyPairCommand,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { Simulator, type SimulatorOptions } from "../../src/simulator/simulator.js";

/** A simulator without hosts, in a folder of its own: any number of them can run. */
export const startApi = (options: SimulatorOptions = {}): Promise<Simulator> =>
  Simulator.start({
    directory: mkdtempSync(join(tmpdir(), "psd-simulator-")),
    hosts: "none",
    profileDelaySeconds: 0,
    terminationSeconds: 0,
    ...options,
  });

/** How the SDK's clients find a simulator. */
export const clientOptions = ({ env }: Simulator) => ({
  endpoint: env.AWS_ENDPOINT_URL ?? "",
  region: env.AWS_REGION ?? "",
  credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? "", secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "" },
  maxAttempts: 1,
});

export interface Network {
  readonly vpc: string;
  readonly subnet: string;
  readonly group: string;
  readonly gateway: string;
}

const must = <T>(value: T | undefined | null): T => {
  if (value === undefined || value === null) throw new Error("AWS answered without what was asked for");
  return value;
};

/** What a test needs of EC2, in few words. */
export class Cloud {
  readonly ec2: EC2Client;
  readonly iam: IAMClient;

  constructor(simulator: Simulator) {
    this.ec2 = new EC2Client(clientOptions(simulator));
    this.iam = new IAMClient(clientOptions(simulator));
  }

  /** The ECS-optimized Amazon Linux 2023 of the simulated region. */
  async ami(): Promise<string> {
    const filter = { Name: "name", Values: ["al2023-ami-ecs-hvm-*x86_64"] };
    const { Images = [] } = await this.ec2.send(new DescribeImagesCommand({ Filters: [filter] }));
    return must(Images[0]?.ImageId);
  }

  async network(cidr = "10.77.0.0/16"): Promise<Network> {
    const vpc = must((await this.ec2.send(new CreateVpcCommand({ CidrBlock: cidr }))).Vpc?.VpcId);
    const subnet = new CreateSubnetCommand({
      VpcId: vpc,
      CidrBlock: cidr.replace(/\/\d+$/, "/20"),
      AvailabilityZone: "us-east-1a",
    });
    const group = new CreateSecurityGroupCommand({
      VpcId: vpc,
      GroupName: `group-${vpc}`,
      Description: "test",
    });
    const gateway = must(
      (await this.ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId,
    );
    await this.ec2.send(new AttachInternetGatewayCommand({ VpcId: vpc, InternetGatewayId: gateway }));
    return {
      vpc,
      gateway,
      subnet: must((await this.ec2.send(subnet)).Subnet?.SubnetId),
      group: must((await this.ec2.send(group)).GroupId),
    };
  }

  async profile(name: string): Promise<void> {
    await this.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: "{}" }));
    await this.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
    await this.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
  }

  async key(name: string, publicKey: string): Promise<void> {
    const PublicKeyMaterial = new TextEncoder().encode(publicKey);
    await this.ec2.send(new ImportKeyPairCommand({ KeyName: name, PublicKeyMaterial }));
  }

  async template(name: string, data: RequestLaunchTemplateData): Promise<string> {
    const command = new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: data });
    return must((await this.ec2.send(command)).LaunchTemplate?.LaunchTemplateId);
  }

  fleet(
    template: string,
    subnet: string,
    count: number,
    types: readonly string[] = ["m6i.large"],
  ): Promise<CreateFleetCommandOutput> {
    return this.ec2.send(
      new CreateFleetCommand({
        Type: "instant",
        LaunchTemplateConfigs: [
          {
            LaunchTemplateSpecification: { LaunchTemplateId: template, Version: "1" },
            Overrides: types.map((type) => ({ InstanceType: type as never, SubnetId: subnet })),
          },
        ],
        TargetCapacitySpecification: { TotalTargetCapacity: count, DefaultTargetCapacityType: "on-demand" },
        OnDemandOptions: { MinTargetCapacity: count, SingleAvailabilityZone: true },
      }),
    );
  }
}

export const launched = ({ Instances = [] }: CreateFleetCommandOutput): string[] =>
  Instances.flatMap(({ InstanceIds = [] }) => InstanceIds);
