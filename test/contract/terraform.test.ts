import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Ec2 } from "../../src/adapters/aws/ec2.js";
import { observeProcesses } from "../../src/exec/run.js";
import { both, only, scope, terraformSetting, workers, ZONE } from "../support/terraform-cluster.js";

const { setting, api, newCluster } = terraformSetting();

describe("a cluster's resources", () => {
  it("are made once, all with its tags; any number of workers is one call; batches come and go; destroy leaves none", async () => {
    const { terraform, variables, held, events, clusterId, folder } = newCluster();
    const made = await terraform.apply(variables(both), (event) => events.push(event));

    expect(made.fleets["master-1"]?.instanceIds).toHaveLength(1);
    expect(made.fleets["workers-1"]?.instanceIds).toHaveLength(2);
    expect(Object.keys(made.subnetIds)).toEqual([ZONE, "us-east-1b"]);
    expect(await held()).toMatchObject({
      instance: 3,
      volume: 3,
      vpc: 1,
      subnet: 2,
      "internet-gateway": 1,
      "route-table": 1,
      "vpc-endpoint": 1,
      "security-group": 1,
      "key-pair": 1,
      "launch-template": 2,
      "iam-role": 1,
      "instance-profile": 1,
    });
    const instances = await new Ec2(scope).clusterInstances({ clusterId });
    expect(instances.map(({ type, tags }) => [type, tags.Name, tags["pyspark-deploy:role"]]).sort()).toEqual([
      ["m6i.large", `psd-${clusterId}-master`, "master"],
      ["m6i.large", `psd-${clusterId}-worker`, "worker"],
      ["m6i.large", `psd-${clusterId}-worker`, "worker"],
    ]);
    expect(events.filter(only('aws_ec2_fleet.nodes["workers-1"]')).map(({ phase }) => phase)).toEqual([
      "start",
      "done",
    ]);
    // The bootstrap host key is in there.
    expect(statSync(join(folder, "terraform.tfvars.json")).mode & 0o777).toBe(0o600);

    events.length = 0;
    await terraform.apply(variables(both), (event) => events.push(event));
    expect(events).toEqual([]);

    await api().change({ vcpuQuota: 10_000 });
    const before = (await api().requests()).length;
    const more = await terraform.apply(variables({ ...both, "workers-2": workers(300) }), (event) =>
      events.push(event),
    );
    const launches = (await api().requests())
      .slice(before)
      .filter(({ action }) => action === "CreateFleet" || action === "RunInstances");
    expect(launches).toHaveLength(1);
    expect([...new Set(events.map(({ resource }) => resource))]).toEqual([
      'aws_ec2_fleet.nodes["workers-2"]',
    ]);
    expect(more.fleets["workers-1"]).toEqual(made.fleets["workers-1"]);
    expect(await held()).toMatchObject({ instance: 303 });

    const fewer = await terraform.apply(variables(both), () => {});
    expect(fewer.fleets).toEqual(made.fleets);
    expect(await held()).toMatchObject({ instance: 3 });

    // As `scale` does it, after a worker of the first batch has gone.
    const gone = made.fleets["workers-1"]?.instanceIds[0] ?? "";
    await new Ec2(scope).terminate([gone]);
    const last = (await terraform.variables()) ?? variables({});
    expect(last.fleets).toEqual(both);
    events.length = 0;
    const grown = await terraform.apply(
      { ...last, user_data_base64: "bmV3", fleets: { ...last.fleets, "workers-3": workers(2) } },
      (event) => events.push(event),
      { refresh: false },
    );
    expect([...new Set(events.map(({ resource }) => resource))].sort()).toEqual([
      'aws_ec2_fleet.nodes["workers-3"]',
      'aws_launch_template.node["master"]',
      'aws_launch_template.node["worker"]',
    ]);
    expect(grown.fleets["workers-1"]).toEqual(made.fleets["workers-1"]);
    expect(await held()).toMatchObject({ instance: 4 });

    await terraform.destroy(variables({}), () => {}, { refresh: false });
    expect(await held()).toEqual({});
  });

  it("need no initialization of Terraform but for the first cluster", async () => {
    const started: string[] = [];
    observeProcesses((argv) => started.push(argv.slice(0, 2).join(" ")));
    await api().fault({ action: "GetCallerIdentity", code: "ExpiredToken", status: 403, times: 2 });
    for (const { terraform, variables } of [newCluster(), newCluster()])
      await expect(terraform.apply(variables({}), () => {})).rejects.toMatchObject({ exitCode: 4 });
    observeProcesses(() => {});
    expect(started).toEqual([`${setting().program.program} apply`, `${setting().program.program} apply`]);
  });
});

describe("what Terraform asked of AWS", () => {
  it("is allowed by docs/iam-policy.json", async () => {
    expect(await setting().forbidden()).toEqual([]);
  });
});
