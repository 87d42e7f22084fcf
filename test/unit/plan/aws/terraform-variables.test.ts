import { describe, expect, it } from "vitest";
import { terraformVariables } from "../../../../src/plan/aws/terraform-variables.js";
import { awsPlan, existingNetwork } from "../../../support/aws-plan.js";

const LAUNCH = { publicKey: "ssh-ed25519 AAAA", userData: "SGVsbG8=" };

describe("Terraform's variables", () => {
  it("name one fleet for the master and one for all workers, in one zone, on demand", () => {
    const plan = awsPlan({ config: { workers: 7, aws: { workerTypes: ["m7i.large"] } } });
    const { fleets } = terraformVariables(plan, { ...LAUNCH, attempt: plan.attempts[0] });
    expect(fleets).toEqual({
      "master-1": {
        role: "master",
        count: 1,
        instance_types: ["m7i.xlarge", "m6i.xlarge", "m7a.xlarge", "m6a.xlarge", "m5.xlarge"],
        zone: "eu-west-1a",
        market: "on-demand",
      },
      "workers-1": {
        role: "worker",
        count: 7,
        instance_types: ["m7i.large"],
        zone: "eu-west-1a",
        market: "on-demand",
      },
    });
  });

  it("ask for spot workers where the attempt does, beside a master on demand", () => {
    const plan = awsPlan({ config: { aws: { market: "spot" } } });
    const [attempt] = plan.attempts;
    const markets = (market: "spot" | "on-demand") =>
      Object.values(terraformVariables(plan, { ...LAUNCH, attempt: { ...attempt, market } }).fleets).map(
        (fleet) => fleet.market,
      );
    expect(attempt.market).toBe("spot");
    expect(markets("spot")).toEqual(["on-demand", "spot"]);
    expect(markets("on-demand")).toEqual(["on-demand", "on-demand"]);
  });

  it("have the network of every zone that may be tried, so that a fallback makes none", () => {
    const plan = awsPlan();
    const { zones, vpc_id, subnet_ids } = terraformVariables(plan, { ...LAUNCH, attempt: plan.attempts[1] });
    expect({ zones, vpc_id, subnet_ids }).toEqual({
      zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
      vpc_id: null,
      subnet_ids: {},
    });
  });

  it("name what nodes configure themselves with, where they do", () => {
    const bootLocation = "state/team/boot/abc123";
    const of = (more: object) => terraformVariables(awsPlan(), { ...LAUNCH, attempt: undefined, ...more });
    expect(of({ bootLocation }).boot_location).toBe(bootLocation);
    expect(of({}).boot_location).toBeNull();
  });

  it("have no fleets without an attempt", () => {
    expect(terraformVariables(awsPlan(), { ...LAUNCH, attempt: undefined }).fleets).toEqual({});
  });

  it("carry the user's network, role, disk and AMI", () => {
    const config = {
      aws: {
        vpc: "vpc-00000000",
        subnets: ["subnet-00000000"],
        securityGroups: ["sg-00000000"],
        private: true,
        instanceProfile: "spark",
        volume: { size: "1t", throughput: 500, iops: 4000 },
        buckets: ["data"],
      },
    };
    const plan = awsPlan({
      config,
      cloud: { network: existingNetwork({ "subnet-00000000": "eu-west-1b" }) },
    });
    expect(terraformVariables(plan, { ...LAUNCH, attempt: plan.attempts[0] })).toMatchObject({
      name: "psd-abc123",
      vpc_id: "vpc-00000000",
      zones: ["eu-west-1b"],
      subnet_ids: { "eu-west-1b": "subnet-00000000" },
      security_group_ids: ["sg-00000000"],
      private: true,
      instance_profile_name: "spark",
      permissions_boundary_arn: null,
      ami_id: "ami-0123456789abcdef0",
      root_volume: { device_name: "/dev/xvda", size_gib: 1024, throughput_mibps: 500, iops: 4000 },
      s3_locations: ["data"],
      public_key: LAUNCH.publicKey,
      user_data_base64: LAUNCH.userData,
    });
  });
});
