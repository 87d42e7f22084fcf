import { describe, expect, it } from "vitest";
import { TerraformFailure } from "../../../../src/adapters/terraform/failure.js";
import type { LaunchAttempt } from "../../../../src/plan/aws/attempts.js";
import type { FleetError } from "../../../../src/plan/aws/fleet-errors.js";
import type { TerraformVariables } from "../../../../src/plan/aws/terraform-variables.js";
import { terraformVariables } from "../../../../src/plan/aws/terraform-variables.js";
import { launch } from "../../../../src/providers/aws/launch.js";
import { type Event, Reporter } from "../../../../src/report/events.js";
import { awsPlan } from "../../../support/aws-plan.js";

const plan = awsPlan({ config: { workers: 2 } });
const CAPACITY: FleetError = { code: "InsufficientInstanceCapacity", message: "None left.", type: undefined };

/** An EC2 that gives each fleet all that it asks for, but for those with an entry here. */
interface Shortage {
  readonly launched: number;
  readonly errors: readonly FleetError[];
}

async function run(shortages: Readonly<Record<string, Shortage>>, failure?: Error) {
  const applied: TerraformVariables[] = [];
  const notes: string[] = [];
  const report = new Reporter((event: Event) => {
    if (event.type === "note") notes.push(event.text);
  });
  const terraform = {
    apply: async (variables: TerraformVariables) => {
      applied.push(variables);
      if (failure) throw failure;
      const fleets = Object.entries(variables.fleets).map(([key, { count }]) => {
        const launched = shortages[key]?.launched ?? count;
        return [key, { id: key, instanceIds: Array.from({ length: launched }, (_, at) => `i-${key}-${at}`) }];
      });
      const made = { vpcId: "vpc-1", subnetIds: {}, securityGroupId: "sg-1", instanceProfile: "p" };
      return { ...made, fleets: Object.fromEntries(fleets) };
    },
  };
  const asked: string[] = [];
  const ec2 = {
    fleetErrors: async (fleet: string) => {
      asked.push(fleet);
      return [...(shortages[fleet]?.errors ?? [])];
    },
  };
  const request = {
    plan,
    workers: plan.workers,
    title: () => "launch",
    variables: (attempt: LaunchAttempt) =>
      terraformVariables(plan, { attempt, publicKey: "ssh-ed25519 AAAA", userData: "" }),
    refresh: true,
  };
  const result = launch(request, terraform, ec2, { report, signal: new AbortController().signal });
  const outcome = await result.then(
    (launched) => ({ launched, error: undefined }),
    (error: unknown) => ({ launched: undefined, error }),
  );
  return { ...outcome, notes, asked, fleets: applied.map(({ fleets }) => Object.keys(fleets)) };
}

describe("a launch", () => {
  it("is one apply when EC2 gives what is asked for, and asks for no reasons", async () => {
    const { launched, fleets, notes, asked } = await run({});
    expect(launched).toMatchObject({
      securityGroup: "sg-1",
      instances: ["i-master-1-0", "i-workers-1-0", "i-workers-1-1"],
    });
    expect([fleets, notes, asked]).toEqual([[["master-1", "workers-1"]], [], []]);
  });

  it("that fell short is tried again under another key, and says why", async () => {
    const { launched, fleets, notes, asked } = await run({
      "workers-1": { launched: 0, errors: [CAPACITY] },
    });
    expect(asked).toEqual(["workers-1"]);
    expect(notes).toEqual([expect.stringMatching(/no capacity in eu-west-1a.*Trying/)]);
    expect(fleets).toHaveLength(2);
    expect(fleets[1]).toContain("workers-2");
    expect(launched?.instances).toEqual(expect.arrayContaining(["i-workers-2-0", "i-workers-2-1"]));
  });

  it("that can't be had anywhere ends with what AWS said", async () => {
    const none = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`workers-${at + 1}`, { launched: 0, errors: [CAPACITY] }]),
    );
    const { error, notes, fleets } = await run(none);
    expect(error).toMatchObject({ exitCode: 4, message: expect.stringMatching(/capacity/) });
    expect(notes.map((note) => /Trying (\S+),/.exec(note)?.[1])).toEqual(["eu-west-1b", "eu-west-1c"]);
    expect(fleets).toHaveLength(3);
  });

  it("that AWS forbids names the IAM action that is missing", async () => {
    const refusal = { code: "UnauthorizedOperation", action: "ec2:CreateFleet", message: "You may not." };
    const { error, fleets } = await run({}, new TerraformFailure("apply", [refusal]));
    expect(error).toMatchObject({ exitCode: 4, message: expect.stringContaining("ec2:CreateFleet") });
    expect(fleets).toHaveLength(1);
  });

  it("that fails for a reason of Terraform's own says Terraform's words", async () => {
    const failure = new TerraformFailure("apply", [{ message: "no space left on device" }]);
    expect((await run({}, failure)).error).toBe(failure);
  });
});
