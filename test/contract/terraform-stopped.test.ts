import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { removeAll } from "../../src/adapters/aws/sweep.js";
import { makeBucket, stateIn } from "../support/team-state.js";
import { both, MASTER, processesIn, REGION, scope, terraformSetting } from "../support/terraform-cluster.js";

const { setting, api, newCluster } = terraformSetting();

describe("Terraform that is stopped in the middle", () => {
  it("by Ctrl-C has saved what it finished; what it gave up is found by its tags", async () => {
    const abort = new AbortController();
    const stopped = newCluster({ signal: abort.signal });
    const applying = stopped.terraform.apply(stopped.variables(both), ({ resource, phase }) => {
      if (resource.startsWith("aws_vpc_endpoint") && phase === "start") abort.abort();
    });
    await expect(applying).rejects.toMatchObject({ name: "InterruptedError" });
    expect(processesIn(stopped.folder)).toEqual([]);
    expect(await stopped.held()).toMatchObject({ vpc: 1, subnet: 2, "iam-role": 1, "security-group": 1 });
    const next = newCluster({ stateDirectory: stopped.folder }, stopped.clusterId);
    await removeAll(scope, { clusterId: next.clusterId });
    expect(await next.held()).toEqual({});
    await next.terraform.destroy(next.variables({}), () => {});
  });

  it("by kill -9 locks nobody out: what no state knows is found by its tags", async () => {
    const { terraform, variables, held, folder, clusterId } = newCluster();
    const applying = terraform.apply(variables(both), ({ resource, phase }) => {
      if (resource.startsWith("aws_launch_template") && phase === "start") setting().killTerraform(folder);
    });
    await expect(applying).rejects.toMatchObject({ exitCode: 4 });
    // Providers see only then that nobody speaks to them any more.
    await vi.waitFor(() => expect(processesIn(folder)).toEqual([]), 10_000);
    expect(await held()).toMatchObject({ vpc: 1 });
    await removeAll(scope, { clusterId });
    expect(await held()).toEqual({});
    await terraform.destroy(variables({}), () => {});
  });
});

describe("a state on S3", () => {
  const state = { bucket: "team-state", prefix: "clusters/c1", region: REGION };
  const keys = () => stateIn(state.bucket, "").list("");

  it("lets a teammate destroy; a lock is told with its owner, and one of a killed command is removed", async () => {
    await makeBucket(state.bucket);
    const first = newCluster({ state });
    const applying = first.terraform.apply(first.variables(both), ({ resource, phase }) => {
      if (resource.startsWith("aws_vpc.") && phase === "start") setting().killTerraform(first.folder);
    });
    await expect(applying).rejects.toMatchObject({ exitCode: 4 });
    expect(await keys()).toEqual([`${state.prefix}/terraform.tfstate.tflock`]);

    const teammate = newCluster({ state }, first.clusterId);
    await expect(teammate.terraform.destroy(teammate.variables({}), () => {})).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("is at work on this cluster"),
      hint: expect.stringContaining(`aws s3 rm s3://${state.bucket}/${state.prefix}/`),
    });

    await removeAll(scope, { clusterId: first.clusterId });
    const made = await first.terraform.apply(first.variables({ "master-1": MASTER }), () => {});
    expect(made.fleets["master-1"]?.instanceIds).toHaveLength(1);
    expect(await keys()).toEqual([`${state.prefix}/terraform.tfstate`]);

    await teammate.terraform.destroy(teammate.variables({}), () => {});
    expect(await first.held()).toEqual({});
  });
});

describe("a state that S3 did not take", () => {
  it("is kept in the cluster's folder, and put to its place by the next command", async () => {
    const state = { bucket: "broken-state", prefix: "c1", region: REGION };
    await makeBucket(state.bucket);
    const { terraform, variables, events, folder } = newCluster({ state });
    await api().fault({
      action: `PUT /${state.bucket}/${state.prefix}/terraform.tfstate`,
      code: "AccessDenied",
      status: 403,
      times: 100,
    });
    await expect(terraform.apply(variables({}), () => {})).rejects.toMatchObject({ exitCode: 4 });
    expect(existsSync(join(folder, "errored.tfstate"))).toBe(true);
    await api().clearFaults();
    await terraform.apply(variables({}), (event) => events.push(event));
    expect(events).toEqual([]);
    expect(existsSync(join(folder, "errored.tfstate"))).toBe(false);
  });
});

describe("what Terraform asked of AWS", () => {
  it("is allowed by docs/iam-policy.json", async () => {
    expect(await setting().forbidden()).toEqual([]);
  });
});
