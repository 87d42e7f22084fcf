import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { planAwsCluster } from "../../src/plan/aws/aws-plan.js";
import { askCloud, sshNetworks } from "../../src/providers/aws/offer.js";
import { AwsApi } from "../support/aws-api.js";
import { awsPlanRequest } from "../support/aws-plan.js";

const scope = { region: "eu-west-1" };
let api: AwsApi;

beforeAll(async () => {
  api = await AwsApi.start({ terminationSeconds: 0 });
  for (const [name, value] of Object.entries(api.env)) vi.stubEnv(name, value);
});
afterAll(() => api.stop());

/** What the config makes of AWS's own answers. */
async function planned(aws: object, architecture: "amd64" | "arm64" = "amd64") {
  const request = awsPlanRequest({ config: { aws }, architecture });
  return planAwsCluster({ ...request, cloud: await askCloud(request.config, architecture, scope) });
}

async function network() {
  const ec2 = new EC2Client(scope);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
  const subnet = async (index: number, letter: string) => {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        VpcId: Vpc?.VpcId,
        CidrBlock: `10.9.${index}.0/24`,
        AvailabilityZone: `eu-west-1${letter}`,
      }),
    );
    return Subnet?.SubnetId ?? "";
  };
  return { vpc: Vpc?.VpcId ?? "", subnets: [await subnet(0, "b"), await subnet(1, "a")] };
}

describe("a plan made of what AWS offers", () => {
  it.each([
    ["amd64", "m7i.2xlarge"],
    ["arm64", "m7g.2xlarge"],
  ] as const)("has default types for %s, a zone and an AMI", async (architecture, type) => {
    const plan = await planned({}, architecture);
    expect(plan.attempts[0]).toMatchObject({ zone: expect.stringMatching(/^eu-west-1[abc]$/) });
    expect(plan.attempts[0].workerTypes[0]).toBe(type);
    expect(plan.ami).toMatchObject({
      id: expect.stringMatching(/^ami-/),
      rootDevice: expect.stringMatching(/^\/dev\//),
    });
  });

  it("names a type that the region does not have", async () => {
    await expect(planned({ workerTypes: ["m99.large"] })).rejects.toThrow(
      "eu-west-1 has no instance type m99.large, which aws.workerTypes names.",
    );
  });

  it("lies in the zones of existing subnets, in their order", async () => {
    const existing = await network();
    const { attempts, network: found } = await planned(existing);
    expect(attempts.map(({ zone }) => zone)).toEqual(["eu-west-1b", "eu-west-1a"]);
    expect(found.subnets).toEqual({ "eu-west-1b": existing.subnets[0], "eu-west-1a": existing.subnets[1] });
  });

  it("refuses a subnet of another VPC", async () => {
    const [one, other] = [await network(), await network()];
    await expect(planned({ ...one, subnets: other.subnets })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(`and aws.vpc is ${one.vpc}`),
    });
  });

  it("lets in this machine's address, unless networks are named", async () => {
    const own = awsPlanRequest().config;
    const named = awsPlanRequest({ config: { aws: { sshFrom: ["192.0.2.0/24"] } } }).config;
    const env = api.env;
    expect(await sshNetworks(own, { env })).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+\.\d+\/32$/)]);
    expect(await sshNetworks(named, { env })).toEqual(["192.0.2.0/24"]);
  });
});
