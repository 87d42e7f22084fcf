import { describe, expect, it } from "vitest";
import { both, MASTER, only, terraformSetting, workers } from "../support/terraform-cluster.js";

const { setting, api, newCluster } = terraformSetting();

describe("a failure", () => {
  it.each([
    [
      "a missing permission",
      { action: "CreateVpc", code: "UnauthorizedOperation", status: 403, message: "You may not." },
      { code: "UnauthorizedOperation", action: "ec2:CreateVpc", message: "You may not." },
    ],
    [
      "a missing permission of IAM",
      { action: "CreateRole", code: "AccessDenied", status: 403, message: "You may not." },
      { code: "AccessDenied", action: "iam:CreateRole", message: "You may not." },
    ],
    [
      "credentials that have expired",
      { action: "GetCallerIdentity", code: "ExpiredToken", status: 403, message: "It has expired." },
      { code: "ExpiredToken", action: "sts:GetCallerIdentity", message: "It has expired." },
    ],
    [
      "a quota",
      { action: "CreateVpc", code: "VpcLimitExceeded", status: 400, message: "No more." },
      { code: "VpcLimitExceeded", action: "ec2:CreateVpc", message: "No more." },
    ],
  ])("of %s says what AWS said", async (_, fault, expected) => {
    const { terraform, variables } = newCluster();
    await api().fault({ ...fault, times: 100 });
    const failure = await terraform.apply(variables(both), () => {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ exitCode: 4, errors: [expected] });
  });

  it("leaves what was made in the state: the same command goes on from there, or destroy cleans up", async () => {
    const { terraform, variables, held, events } = newCluster();
    await api().fault({ action: "CreateSubnet", code: "SubnetLimitExceeded", times: 100 });
    await expect(terraform.apply(variables(both), () => {})).rejects.toMatchObject({ exitCode: 4 });
    expect(await held()).toMatchObject({ vpc: 1 });
    await api().clearFaults();
    await terraform.apply(variables({}), (event) => events.push(event));
    expect(events.filter(only("aws_vpc.cluster"))).toEqual([]);
    await terraform.destroy(variables({}), () => {}, { refresh: false });
    expect(await held()).toEqual({});
  });

  it("by throttling passes when AWS stops to", async () => {
    const { terraform, variables, held } = newCluster();
    await api().fault({ action: "CreateFleet", code: "RequestLimitExceeded", status: 503, times: 3 });
    const made = await terraform.apply(variables(both), () => {});
    expect(made.fleets["workers-1"]?.instanceIds).toHaveLength(2);
    expect(await held()).toMatchObject({ instance: 3 });
  });

  it("of capacity is no failure of Terraform's: the fleet is empty, and another key tries again", async () => {
    const { terraform, variables, held } = newCluster();
    await api().fault({ action: "CreateFleet", kind: "capacity", times: 2 });
    const short = await terraform.apply(variables(both), () => {});
    expect(Object.values(short.fleets).flatMap(({ instanceIds }) => instanceIds)).toEqual([]);
    const again = { "master-2": MASTER, "workers-2": workers(2) };
    const made = await terraform.apply(variables(again), () => {});
    expect(made.fleets["workers-2"]?.instanceIds).toHaveLength(2);
    expect(await held()).toMatchObject({ instance: 3 });
  });
});

describe("what Terraform asked of AWS", () => {
  it("is allowed by docs/iam-policy.json", async () => {
    expect(await setting().forbidden()).toEqual([]);
  });
});
