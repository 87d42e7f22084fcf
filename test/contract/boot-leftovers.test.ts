import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { bootFolder, reportsPrefix, roleKey } from "../../src/plan/aws/boot.js";
import { AwsProvider } from "../../src/providers/aws/aws-provider.js";
import type { AwsApi } from "../support/aws-api.js";
import { makeCluster } from "../support/aws-cluster.js";
import { startTeam, stateIn } from "../support/team-state.js";

const scope = { region: "us-east-1" };
const BUCKET = "team-state";
let api: AwsApi;

beforeAll(async () => {
  api = await startTeam(BUCKET);
});
afterEach(() => api.clearFaults());
afterAll(() => api.stop());

/** A provider as another machine has it: nothing of the cluster in its folder. */
const elsewhere = (bucket = BUCKET) => {
  const directory = mkdtempSync(join(tmpdir(), "psd-boot-left-"));
  return new AwsProvider({
    scope,
    directory: () => directory,
    projectDirectory: directory,
    cacheDirectory: directory,
    architecture: async () => "amd64",
    env: {},
    shared: stateIn(bucket, "psd"),
  });
};

it("destroy from another machine removes what a create that died had left for the nodes, and no other cluster's", async () => {
  const names = { project: "p", cluster: "died" };
  const [died, other] = [await makeCluster(scope.region, names), { clusterId: "0ther" }];
  const state = stateIn(BUCKET, "psd");
  const folder = bootFolder(died.clusterId);
  await state.write(roleKey(folder), "with secrets", undefined);
  await state.write(`${reportsPrefix(folder)}master.json`, "[]", undefined);
  await state.write(roleKey(bootFolder(other.clusterId)), "another's", undefined);
  const result = await elsewhere().destroy(names, { purge: false }, () => {});
  expect(result).toMatchObject({ left: [], reasons: [] });
  expect(await state.list("")).toEqual([roleKey(bootFolder(other.clusterId))]);
});

it("destroy that may not look there removes the instances and says what may be left", async () => {
  const names = { project: "p", cluster: "blind" };
  const { clusterId } = await makeCluster(scope.region, names);
  await api.fault({
    action: `GET /${BUCKET}/`,
    code: "AccessDenied",
    message: "Access Denied",
    status: 403,
  });
  const result = await elsewhere().destroy(names, { purge: false }, () => {});
  expect(result.left).toEqual([`s3://${BUCKET}/psd/boot/${clusterId}/`]);
  expect(result.reasons).toEqual([expect.stringContaining("s3:ListBucket")]);
  expect(result.removed.filter((name) => name.startsWith("instance ")).length).toBe(3);
});

it("a bucket that does not exist has nothing of a cluster", async () => {
  const names = { project: "p", cluster: "bucketless" };
  await makeCluster(scope.region, names);
  const result = await elsewhere("no-such-bucket").destroy(names, { purge: false }, () => {});
  expect(result).toMatchObject({ left: [], reasons: [] });
});
