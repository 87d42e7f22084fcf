import {
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  paginateDescribeInstanceTypes,
} from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { listClusters } from "../../src/adapters/aws/clusters.js";
import { setDeadlineTag } from "../../src/adapters/aws/deadline.js";
import { Ec2 } from "../../src/adapters/aws/ec2.js";
import { Ecr } from "../../src/adapters/aws/ecr.js";
import { callerIdentity, ownAddress } from "../../src/adapters/aws/identity.js";
import { inventory, KINDS } from "../../src/adapters/aws/inventory.js";
import { checkQuota } from "../../src/adapters/aws/quotas.js";
import { spotPrices } from "../../src/adapters/aws/spot-prices.js";
import { SshAccess } from "../../src/adapters/aws/ssh-access.js";
import { latestAmi } from "../../src/adapters/aws/ssm.js";
import { removeAll } from "../../src/adapters/aws/sweep.js";
import { AwsApi } from "../support/aws-api.js";
import { makeCluster } from "../support/aws-cluster.js";

const REGION = "us-east-1";
const scope = { region: REGION };
const ec2 = new Ec2(scope);
let api: AwsApi;

beforeAll(async () => {
  api = await AwsApi.start({ terminationSeconds: 1 });
  for (const [name, value] of Object.entries(api.env)) vi.stubEnv(name, value);
});
afterEach(() => api.clearFaults());
afterAll(() => api.stop());

/** Kinds and how many, without zeros. */
async function held(clusterId: string): Promise<Record<string, number>> {
  const { looked } = await inventory(scope, { clusterId });
  return Object.fromEntries(looked.flatMap(({ kind, found }) => (found > 0 ? [[kind, found]] : [])));
}

describe("what instance types are", () => {
  it("is their cores, memory, architecture and instance store", async () => {
    const shapes = await ec2.instanceShapes(["m6i.xlarge", "m6gd.large", "i3.4xlarge"]);
    expect(shapes.get("m6i.xlarge")).toEqual({
      type: "m6i.xlarge",
      architecture: "amd64",
      cores: 4,
      memoryBytes: 16 * 2 ** 30,
      instanceStoreDisks: 0,
      instanceStoreBytes: 0,
    });
    expect(shapes.get("m6gd.large")).toMatchObject({ architecture: "arm64", instanceStoreDisks: 1 });
    expect(shapes.get("i3.4xlarge")).toMatchObject({ instanceStoreDisks: 2, instanceStoreBytes: 3800e9 });
  });

  it("of more types than one call takes, is answered for all", async () => {
    const types: string[] = [];
    for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes(
      { client: new EC2Client(scope) },
      {},
    ))
      types.push(...InstanceTypes.map(({ InstanceType = "" }) => InstanceType));
    const asked = types.slice(0, 101);
    expect([...(await ec2.instanceShapes(asked)).keys()].sort()).toEqual(asked.sort());
  });

  it("is unknown for a type that does not exist, which is named", async () => {
    await expect(ec2.instanceShapes(["m6i.large", "m6i.huge"])).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("m6i.huge"),
    });
  });

  it("says in which zones each is offered", async () => {
    const offered = await ec2.offerings(["m6i.large", "m6i.huge"]);
    expect(offered.get("m6i.large")).toContain(`${REGION}a`);
    expect(offered.get("m6i.huge")).toEqual([]);
  });
});

describe("the machine image", () => {
  it.each(["amd64", "arm64"] as const)("for %s is one of that architecture", async (architecture) => {
    const id = await latestAmi(scope, architecture);
    expect(await ec2.amiFacts(id)).toMatchObject({ id, architecture, rootDevice: "/dev/xvda" });
  });

  it("that does not exist is an error that names it", async () => {
    await expect(ec2.amiFacts("ami-0123456789abcdef0")).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("ami-0123456789abcdef0"),
    });
  });
});

describe("who asks", () => {
  it("is told with account and address", async () => {
    expect(await callerIdentity(scope)).toMatchObject({
      account: expect.stringMatching(/^\d{12}$/),
      partition: "aws",
    });
    expect(await ownAddress(`${api.url}/simulator/address`)).toBe("127.0.0.1");
  });

  it("has no address where nobody tells it, and learns what to set instead", async () => {
    await expect(ownAddress(`${api.url}/nothing-here`)).rejects.toMatchObject({
      exitCode: 4,
      hint: expect.stringContaining("sshFrom"),
    });
  });
});

describe("a cluster's resources", () => {
  it("are all found by the cluster's id, each kind", async () => {
    const { clusterId } = await makeCluster(REGION, { project: "p1", cluster: "found" });
    const found = await held(clusterId);
    const { instance, ...others } = found;
    expect(instance).toBe(3);
    expect(Object.keys(others).sort()).toEqual(
      KINDS.filter((kind) => kind !== "instance" && kind !== "spot-request").sort(),
    );
  });

  it("are removed, proven, and only they; a second time does nothing", async () => {
    const names = { project: "p2", cluster: "doomed" };
    const doomed = await makeCluster(REGION, names);
    const other = await makeCluster(REGION, { project: "p2", cluster: "other" });
    const before = await held(other.clusterId);

    const result = await removeAll(scope, { clusterId: doomed.clusterId });
    expect(result).toMatchObject({ left: [], reasons: [] });
    for (const id of doomed.instances) expect(result.removed).toContain(`instance ${id}`);
    expect(result.looked.map(({ kind }) => kind)).toEqual(KINDS);
    expect(result.looked.find(({ kind }) => kind === "vpc")).toEqual({
      service: "EC2",
      kind: "vpc",
      found: 1,
      left: 0,
    });
    expect(await held(doomed.clusterId)).toEqual({});
    expect(await held(other.clusterId)).toEqual(before);

    expect(await removeAll(scope, { clusterId: doomed.clusterId })).toMatchObject({ removed: [], left: [] });
  });

  it("are removed by the names of project and cluster where the id is lost", async () => {
    const names = { project: "p3", cluster: "lost" };
    const { clusterId } = await makeCluster(REGION, names);
    const removed = await removeAll(scope, names);
    expect(removed).toMatchObject({ clusterIds: [clusterId], left: [], reasons: [] });
    expect(await held(clusterId)).toEqual({});
  });

  it("stay when a namesake in another region is removed", async () => {
    const names = { project: "p4", cluster: "twin" };
    const here = await makeCluster(REGION, names);
    const there = await makeCluster("eu-west-1", names);
    expect(await removeAll({ region: "eu-west-1" }, names)).toMatchObject({ left: [], reasons: [] });
    expect(await held(here.clusterId)).toMatchObject({ instance: 3, "iam-role": 1, "instance-profile": 1 });
    expect(await held(there.clusterId)).toEqual({});
  });

  it("in IAM stay where nobody may look whether a namesake in another region has them", async () => {
    const names = { project: "p4", cluster: "hidden" };
    const { clusterId } = await makeCluster("eu-west-1", names);
    await api.fault({ action: "DescribeRegions", code: "UnauthorizedOperation", status: 403 });
    const { reasons } = await removeAll(scope, names);
    expect(reasons).toEqual([expect.stringContaining("ec2:DescribeRegions")]);
    expect(await held(clusterId)).toMatchObject({ "iam-role": 1, "instance-profile": 1 });
  });

  it("that AWS refuses to remove are left, with the reason, and all else goes", async () => {
    const { clusterId } = await makeCluster(REGION, { project: "p5", cluster: "kept" });
    await api.fault({ action: "DeleteVpc", code: "UnauthorizedOperation", status: 403, times: 100 });
    const result = await removeAll(scope, { clusterId });
    expect(result.left).toEqual([expect.stringMatching(/^vpc vpc-/)]);
    expect(result.reasons).toEqual([expect.stringContaining("ec2:DeleteVpc")]);
    await api.clearFaults();
    expect(await removeAll(scope, { clusterId })).toMatchObject({ left: [], removed: result.left });
  });

  it("that may not be looked at are not called gone", async () => {
    const { clusterId } = await makeCluster(REGION, { project: "p6", cluster: "dark" });
    await api.fault({ action: "DescribeVolumes", code: "UnauthorizedOperation", status: 403, times: 1000 });
    const { reasons } = await removeAll(scope, { clusterId });
    expect(reasons).toEqual([expect.stringContaining("ec2:DescribeVolumes")]);
  });

  it("are removed though AWS throttles", async () => {
    const { clusterId } = await makeCluster(REGION, { project: "p7", cluster: "slow" });
    for (const action of ["TerminateInstances", "DescribeInstances", "DeleteSubnet"])
      await api.fault({ action, code: "RequestLimitExceeded", status: 503, times: 2 });
    expect(await removeAll(scope, { clusterId })).toMatchObject({ left: [], reasons: [] });
  });

  it("of many workers are terminated in one call", async () => {
    const { clusterId } = await makeCluster(REGION, { project: "p8", cluster: "large" }, { instances: 40 });
    const before = (await api.requests()).length;
    expect(await removeAll(scope, { clusterId })).toMatchObject({ left: [] });
    const calls = (await api.requests()).slice(before);
    expect(calls.filter(({ action }) => action === "TerminateInstances")).toHaveLength(1);
  });
});

describe("instances", () => {
  it("are listed with their addresses, role and fleet, and not once they are terminated", async () => {
    const made = await makeCluster(REGION, { project: "p9", cluster: "list" });
    const listed = await ec2.clusterInstances({ clusterId: made.clusterId });
    expect(listed.map(({ id }) => id).sort()).toEqual([...made.instances].sort());
    expect(listed[0]).toMatchObject({
      type: "m6i.large",
      zone: `${REGION}a`,
      role: "worker",
      fleet: made.fleet,
      privateIp: expect.stringMatching(/^10\.77\./),
      publicIp: expect.any(String),
    });
    await ec2.terminate(made.instances);
    expect(await ec2.clusterInstances({ clusterId: made.clusterId })).toEqual([]);
    expect(await ec2.clusterInstances({ clusterId: made.clusterId }, { terminated: true })).toHaveLength(3);
    await ec2.terminate(made.instances);
  });

  it("carry the cluster's deadline once it is set", async () => {
    const { clusterId } = await makeCluster(REGION, { project: "p10", cluster: "until" });
    await setDeadlineTag(scope, clusterId, "2026-11-01T08:00:00Z");
    for (const { tags } of await ec2.clusterInstances({ clusterId }))
      expect(tags["pyspark-deploy:expires"]).toBe("2026-11-01T08:00:00Z");
  });

  it("get a version of their template that differs from the last in its user data alone", async () => {
    const made = await makeCluster(REGION, { project: "p12", cluster: "version" });
    const client = new EC2Client(scope);
    const { LaunchTemplates: [template] = [] } = await client.send(
      new DescribeLaunchTemplatesCommand({
        Filters: [{ Name: "tag:pyspark-deploy:cluster-id", Values: [made.clusterId] }],
      }),
    );
    const name = template?.LaunchTemplateName ?? "";
    expect(await ec2.addTemplateVersion(name, "bmV3")).toBe("2");
    const { LaunchTemplateVersions = [] } = await client.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name, Versions: ["1", "2"] }),
    );
    const [first, second] = LaunchTemplateVersions.map(({ LaunchTemplateData }) => LaunchTemplateData);
    expect(second).toEqual({ ...first, UserData: "bmV3" });
  });

  it("that a fleet could not get have a reason each", async () => {
    await api.fault({ action: "CreateFleet", kind: "short", count: 1 });
    const made = await makeCluster(REGION, { project: "p11", cluster: "short" });
    expect(made.instances).toHaveLength(1);
    expect(await ec2.fleetErrors(made.fleet)).toEqual([
      expect.objectContaining({ code: "InsufficientInstanceCapacity", type: "m6i.large" }),
    ]);
  });
});

describe("the clusters of a project", () => {
  it("are listed with what their tags tell, in all regions, and nobody else's", async () => {
    const here = await makeCluster(REGION, { project: "q1", cluster: "here" });
    const there = await makeCluster("eu-west-1", { project: "q1", cluster: "there" });
    await makeCluster(REGION, { project: "q2", cluster: "others" });
    await setDeadlineTag(scope, here.clusterId, "2026-11-01T08:00:00Z");
    const { clusters, refused, regions } = await listClusters(scope, { project: "q1", regions: "all" });
    expect(refused).toEqual([]);
    expect(regions).toContain("ap-southeast-2");
    expect(clusters).toEqual([
      expect.objectContaining({
        cluster: "here",
        clusterId: here.clusterId,
        region: REGION,
        owner: "ann",
        created: "2026-11-01T00:00:00Z",
        deadline: "2026-11-01T08:00:00Z",
        instances: 3,
      }),
      expect.objectContaining({ cluster: "there", clusterId: there.clusterId, region: "eu-west-1" }),
    ]);
  });

  it("are leftovers once their instances have ended", async () => {
    const { instances } = await makeCluster(REGION, { project: "q3", cluster: "ended" });
    await ec2.terminate(instances);
    const { clusters } = await listClusters(scope, { project: "q3", regions: [REGION] });
    expect(clusters).toEqual([expect.objectContaining({ state: "leftovers", instances: 0 })]);
  });

  it("are listed though one region refuses, which is named", async () => {
    await makeCluster(REGION, { project: "q4", cluster: "seen" });
    await api.fault({ action: "DescribeVpcs", code: "OptInRequired", status: 401 });
    const { clusters, refused } = await listClusters(scope, { project: "q4", regions: "all" });
    expect(refused).toEqual([expect.objectContaining({ reason: expect.stringContaining("may not use") })]);
    expect(clusters.map(({ region }) => region)).toEqual(refused[0]?.region === REGION ? [] : [REGION]);
  });

  it("are an error where AWS answers nowhere", async () => {
    await api.fault({ action: "DescribeVpcs", code: "AuthFailure", status: 401, times: 100 });
    await expect(listClusters(scope, { regions: [REGION] })).rejects.toMatchObject({ exitCode: 4 });
  });
});

describe("SSH", () => {
  it("is opened for an address and closed again, each twice without harm", async () => {
    const { group } = await makeCluster(REGION, { project: "p12", cluster: "ssh" });
    const access = new SshAccess(scope, group);
    expect(await access.rules()).toEqual([]);
    for (const _ of [1, 2]) await access.authorize("203.0.113.7/32");
    expect(await access.rules()).toEqual([expect.objectContaining({ cidr: "203.0.113.7/32", ours: true })]);
    for (const _ of [1, 2]) await access.revoke("203.0.113.7/32");
    expect(await access.rules()).toEqual([]);
  });
});

describe("the quota of virtual CPUs", () => {
  const demand = (count: number) => [{ type: "m6i.xlarge", cores: 4, count }];

  it("is no obstacle while it holds what is wanted", async () => {
    await api.change({ vcpuQuota: 100_000 });
    expect(await checkQuota(scope, demand(3))).toMatchObject({ answers: [{ limit: 100_000, wanted: 12 }] });
  });

  it("that is too small is told before anything is made, with the command that asks for more", async () => {
    await api.change({ vcpuQuota: 8 });
    await expect(checkQuota(scope, demand(3))).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/needs 12 virtual CPUs; the account may run 8/),
      hint: expect.stringMatching(/--quota-code L-1216C47A --desired-value \d+ --region us-east-1/),
    });
  });

  it("is another one for spot machines, which count for themselves", async () => {
    await api.change({ vcpuQuota: 100_000 });
    const both = [...demand(1), { type: "m6i.xlarge", cores: 4, count: 5, market: "spot" as const }];
    expect((await checkQuota(scope, both)).answers.map(({ market, wanted }) => [market, wanted])).toEqual([
      ["on-demand", 4],
      ["spot", 20],
    ]);
    await api.change({ vcpuQuota: 16 });
    await expect(checkQuota(scope, both.slice(1))).rejects.toMatchObject({
      message: expect.stringMatching(/needs 20 virtual CPUs; the account may run 16 spot ones/),
      hint: expect.stringMatching(/--quota-code L-34B43A08 .*market: on-demand/),
    });
  });

  it("that may not be asked is a note", async () => {
    await api.fault({ action: "GetServiceQuota", code: "AccessDeniedException", status: 400 });
    expect(await checkQuota(scope, demand(1))).toMatchObject({
      answers: [{ limit: undefined }],
      note: expect.stringContaining("servicequotas:GetServiceQuota"),
    });
  });
});

describe("spot prices", () => {
  const request = { types: ["m6i.large", "m5.large"], zone: "us-east-1a", now: Date.UTC(2026, 0, 2, 3, 4) };

  it("are those of the zone, with their time", async () => {
    expect(await spotPrices(scope, request)).toEqual({
      instanceHours: { "m6i.large": expect.any(Number), "m5.large": expect.any(Number) },
      says: "spot price of 2026-01-02 03:04 UTC in us-east-1a",
    });
  });

  it("that AWS does not have are named", async () => {
    const { instanceHours, says } = await spotPrices(scope, { ...request, types: ["m6i.large", "x0.none"] });
    expect(Object.keys(instanceHours)).toEqual(["m6i.large"]);
    expect(says).toBe("AWS has no spot price of x0.none in us-east-1a");
  });

  it("that may not be asked for are none, and why", async () => {
    await api.fault({ action: "DescribeSpotPriceHistory", code: "UnauthorizedOperation", status: 403 });
    const { instanceHours, says } = await spotPrices(scope, request);
    expect(instanceHours).toEqual({});
    expect(says).toMatch(/^the spot price can't be had: .*ec2:DescribeSpotPriceHistory/);
  });
});

describe("ECR", () => {
  const ecr = new Ecr(scope);

  it("has a repository on demand, the same one ever after", async () => {
    const made = await ecr.ensureRepository("pyspark-deploy/p", { "pyspark-deploy:project": "p" });
    expect(made).toMatchObject({
      uri: expect.stringContaining("/pyspark-deploy/p"),
      arn: expect.stringMatching(/^arn:aws:ecr:us-east-1:\d{12}:repository\/pyspark-deploy\/p$/),
    });
    expect(await ecr.ensureRepository("pyspark-deploy/p", {})).toEqual(made);
  });

  it("knows no digest of what was never pushed", async () => {
    expect(await ecr.imageDigest("pyspark-deploy/p", "none")).toBeUndefined();
    expect(await ecr.imageDigest("pyspark-deploy/nowhere", "none")).toBeUndefined();
  });

  it("gives what Docker logs in with", async () => {
    const login = await ecr.authorization();
    expect(login).toMatchObject({ username: "AWS", registry: expect.stringMatching(/^[\w.-]+(:\d+)?$/) });
    expect(login.password.length).toBeGreaterThan(3);
  });
});
