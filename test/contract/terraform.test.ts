import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Ec2 } from "../../src/adapters/aws/ec2.js";
import { inventory } from "../../src/adapters/aws/inventory.js";
import { latestAmi } from "../../src/adapters/aws/ssm.js";
import { removeAll } from "../../src/adapters/aws/sweep.js";
import { findTerraform, type TerraformProgram } from "../../src/adapters/terraform/find.js";
import type { TerraformEvent } from "../../src/adapters/terraform/messages.js";
import { Terraform, type TerraformOptions } from "../../src/adapters/terraform/terraform.js";
import { assetPath } from "../../src/assets.js";
import { observeProcesses } from "../../src/exec/run.js";
import type { TerraformFleet, TerraformVariables } from "../../src/plan/aws/terraform-variables.js";
import { AwsApi } from "../support/aws-api.js";
import { leastPolicy } from "../support/iam-policy.js";
import { terraformEnvironment } from "../support/terraform.js";

const REGION = "us-east-1";
const ZONE = "us-east-1a";
const scope = { region: REGION };
const directory = mkdtempSync(join(tmpdir(), "psd-terraform-"));
const cacheDirectory = join(directory, "cache");
let api: AwsApi;
let program: TerraformProgram;
let ami: string;

vi.setConfig({ testTimeout: 400_000 });

beforeAll(async () => {
  api = await AwsApi.start({ terminationSeconds: 0 });
  for (const [name, value] of Object.entries({ ...api.env, ...terraformEnvironment(directory) }))
    vi.stubEnv(name, value);
  program = await findTerraform();
  ami = await latestAmi(scope, "amd64");
});
afterEach(() => api.clearFaults());
afterAll(() => {
  api.stop();
  vi.unstubAllEnvs();
});

const workers = (count: number): TerraformFleet => ({
  role: "worker",
  count,
  instance_types: ["m6i.large", "m5.large"],
  zone: ZONE,
  market: "on-demand",
});
const MASTER: TerraformFleet = { ...workers(1), role: "master", instance_types: ["m6i.large"] };

const newClusterId = () => randomBytes(6).toString("hex");

function variablesOf(clusterId: string, fleets: Record<string, TerraformFleet>): TerraformVariables {
  return {
    region: REGION,
    name: `psd-${clusterId}`,
    tags: { "pyspark-deploy:project": "flights", "pyspark-deploy:cluster-id": clusterId },
    vpc_cidr: "10.77.0.0/16",
    zones: [ZONE, "us-east-1b"],
    vpc_id: null,
    subnet_ids: {},
    security_group_ids: [],
    private: false,
    ssh_cidrs: ["203.0.113.7/32"],
    public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFYbmHG0sjQzyUqgPX8PvWlqJyYeAQTnv2J1WwNQzqgM cluster",
    ami_id: ami,
    user_data_base64: Buffer.from("#!/bin/sh\n").toString("base64"),
    root_volume: { device_name: "/dev/xvda", size_gib: 30, throughput_mibps: 250, iops: 3000 },
    instance_profile_name: null,
    permissions_boundary_arn: null,
    s3_locations: ["data", "shared/flights"],
    boot_location: null,
    repository_arns: ["arn:aws:ecr:us-east-1:123456789012:repository/flights"],
    fleets,
  };
}

interface Cluster {
  readonly clusterId: string;
  readonly folder: string;
  readonly terraform: Terraform;
  readonly events: TerraformEvent[];
  readonly variables: (fleets: Record<string, TerraformFleet>) => TerraformVariables;
  /** Kinds and how many exist, without zeros. */
  readonly held: () => Promise<Record<string, number>>;
}

function newCluster(options: Partial<TerraformOptions> = {}, clusterId = newClusterId()): Cluster {
  const folder = options.stateDirectory ?? mkdtempSync(join(directory, "state-"));
  return {
    clusterId,
    folder,
    terraform: new Terraform({ program, stateDirectory: folder, cacheDirectory, ...options }),
    events: [],
    variables: (fleets) => variablesOf(clusterId, fleets),
    held: async () => {
      const { looked } = await inventory(scope, { clusterId });
      return Object.fromEntries(looked.flatMap(({ kind, found }) => (found > 0 ? [[kind, found]] : [])));
    },
  };
}

const both = { "master-1": MASTER, "workers-1": workers(2) };
const only =
  (resource: string) =>
  ({ resource: expected }: TerraformEvent) =>
    expected.startsWith(resource);

/** What works in a folder: Terraform and its providers. */
function processesIn(folder: string): { readonly pid: number; readonly name: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return [];
        return [{ pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, "utf8").trim() }];
      } catch {
        // Gone meanwhile, or not ours to read.
        return [];
      }
    });
}

/** Kills the Terraform that works in a folder, as the kernel would when memory is short. */
function killTerraform(folder: string): void {
  for (const { pid, name } of processesIn(folder)) if (name === program.program) process.kill(pid, "SIGKILL");
}

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

    await api.change({ vcpuQuota: 10_000 });
    const before = (await api.requests()).length;
    const more = await terraform.apply(variables({ ...both, "workers-2": workers(300) }), (event) =>
      events.push(event),
    );
    const launches = (await api.requests())
      .slice(before)
      .filter(({ action }) => action === "CreateFleet" || action === "RunInstances");
    expect(launches).toHaveLength(1);
    expect(events.map(({ resource }) => resource)).toEqual([
      'aws_ec2_fleet.nodes["workers-2"]',
      'aws_ec2_fleet.nodes["workers-2"]',
    ]);
    expect(more.fleets["workers-1"]).toEqual(made.fleets["workers-1"]);
    expect(await held()).toMatchObject({ instance: 303 });

    const fewer = await terraform.apply(variables(both), () => {});
    expect(fewer.fleets).toEqual(made.fleets);
    expect(await held()).toMatchObject({ instance: 3 });

    await terraform.destroy(variables({}), () => {}, { refresh: false });
    expect(await held()).toEqual({});
  });

  it("need no initialization of Terraform but for the first cluster", async () => {
    const started: string[] = [];
    observeProcesses((argv) => started.push(argv.slice(0, 2).join(" ")));
    await api.fault({ action: "GetCallerIdentity", code: "ExpiredToken", status: 403, times: 2 });
    for (const { terraform, variables } of [newCluster(), newCluster()])
      await expect(terraform.apply(variables({}), () => {})).rejects.toMatchObject({ exitCode: 4 });
    observeProcesses(() => {});
    expect(started).toEqual([`${program.program} apply`, `${program.program} apply`]);
  });
});

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
    await api.fault({ ...fault, times: 100 });
    const failure = await terraform.apply(variables(both), () => {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ exitCode: 4, errors: [expected] });
  });

  it("leaves what was made in the state: the same command goes on from there, or destroy cleans up", async () => {
    const { terraform, variables, held, events } = newCluster();
    await api.fault({ action: "CreateSubnet", code: "SubnetLimitExceeded", times: 100 });
    await expect(terraform.apply(variables(both), () => {})).rejects.toMatchObject({ exitCode: 4 });
    expect(await held()).toMatchObject({ vpc: 1 });
    await api.clearFaults();
    await terraform.apply(variables({}), (event) => events.push(event));
    expect(events.filter(only("aws_vpc.cluster"))).toEqual([]);
    await terraform.destroy(variables({}), () => {}, { refresh: false });
    expect(await held()).toEqual({});
  });

  it("by throttling passes when AWS stops to", async () => {
    const { terraform, variables, held } = newCluster();
    await api.fault({ action: "CreateFleet", code: "RequestLimitExceeded", status: 503, times: 3 });
    const made = await terraform.apply(variables(both), () => {});
    expect(made.fleets["workers-1"]?.instanceIds).toHaveLength(2);
    expect(await held()).toMatchObject({ instance: 3 });
  });

  it("of capacity is no failure of Terraform's: the fleet is empty, and another key tries again", async () => {
    const { terraform, variables, held } = newCluster();
    await api.fault({ action: "CreateFleet", kind: "capacity", times: 2 });
    const short = await terraform.apply(variables(both), () => {});
    expect(Object.values(short.fleets).flatMap(({ instanceIds }) => instanceIds)).toEqual([]);
    const again = { "master-2": MASTER, "workers-2": workers(2) };
    const made = await terraform.apply(variables(again), () => {});
    expect(made.fleets["workers-2"]?.instanceIds).toHaveLength(2);
    expect(await held()).toMatchObject({ instance: 3 });
  });
});

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
      if (resource.startsWith("aws_launch_template") && phase === "start") killTerraform(folder);
    });
    await expect(applying).rejects.toMatchObject({ exitCode: 4 });
    expect(processesIn(folder)).toEqual([]);
    expect(await held()).toMatchObject({ vpc: 1 });
    await removeAll(scope, { clusterId });
    expect(await held()).toEqual({});
    await terraform.destroy(variables({}), () => {});
  });
});

describe("a state on S3", () => {
  const state = { bucket: "team-state", prefix: "clusters/c1", region: REGION };
  const s3 = () => new S3Client({ region: REGION, forcePathStyle: true });
  const keys = async () => {
    const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: state.bucket }));
    return Contents.map(({ Key }) => Key);
  };

  it("lets a teammate destroy; a lock is told with its owner, and one of a killed command is removed", async () => {
    await s3().send(new CreateBucketCommand({ Bucket: state.bucket }));
    const first = newCluster({ state });
    const applying = first.terraform.apply(first.variables(both), ({ resource, phase }) => {
      if (resource.startsWith("aws_vpc.") && phase === "start") killTerraform(first.folder);
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
    await new S3Client({ region: REGION, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: state.bucket }),
    );
    const { terraform, variables, events, folder } = newCluster({ state });
    await api.fault({
      action: `PUT /${state.bucket}/${state.prefix}/terraform.tfstate`,
      code: "AccessDenied",
      status: 403,
      times: 100,
    });
    await expect(terraform.apply(variables({}), () => {})).rejects.toMatchObject({ exitCode: 4 });
    expect(existsSync(join(folder, "errored.tfstate"))).toBe(true);
    await api.clearFaults();
    await terraform.apply(variables({}), (event) => events.push(event));
    expect(events).toEqual([]);
    expect(existsSync(join(folder, "errored.tfstate"))).toBe(false);
  });
});

describe("what Terraform asked of AWS", () => {
  it("is allowed by docs/iam-policy.json", async () => {
    const allowed = new Set(leastPolicy().statements.flatMap(({ Action }) => Action));
    const asked = (await api.requests()).filter(({ service }) => service !== "s3");
    expect(asked.length).toBeGreaterThan(100);
    const actions = new Set(asked.map(({ service, action }) => `${service}:${action}`));
    expect([...actions].filter((action) => !allowed.has(action)).sort()).toEqual([]);
  });
});

describe("the module", () => {
  it("passes its own tests", () => {
    const copy = join(directory, "module");
    cpSync(assetPath("terraform"), copy, { recursive: true });
    const terraform = (...args: string[]) =>
      execFileSync(program.program, args, {
        cwd: copy,
        encoding: "utf8",
        env: { ...process.env, GOGC: "400" },
      });
    terraform("init", "-input=false");
    expect(terraform("test", "-no-color")).toContain(" 0 failed.");
  });
});
