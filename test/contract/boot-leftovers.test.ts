import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { BootObjects } from "../../src/adapters/aws/boot-objects.js";
import { reportsPrefix, roleKey } from "../../src/plan/aws/boot.js";
import { AwsProvider } from "../../src/providers/aws/aws-provider.js";
import { AwsApi } from "../support/aws-api.js";
import { makeCluster } from "../support/aws-cluster.js";

const scope = { region: "us-east-1" };
const BUCKET = "team-state";
const store = new BootObjects(scope, BUCKET, scope.region);
let api: AwsApi;

beforeAll(async () => {
  api = await AwsApi.start({ terminationSeconds: 0 });
  for (const [name, value] of Object.entries(api.env)) vi.stubEnv(name, value);
  await new S3Client({ ...scope, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: BUCKET }));
});
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
    state: `s3://${bucket}/psd`,
    terraformState: async () => undefined,
  });
};

it("destroy from another machine removes what a create that died had left for the nodes, and no other cluster's", async () => {
  const names = { project: "p", cluster: "died" };
  const [died, other] = [await makeCluster(scope.region, names), { clusterId: "0ther" }];
  const placeOf = ({ clusterId }: { clusterId: string }) => ({
    bucket: BUCKET,
    prefix: `psd/boot/${clusterId}`,
  });
  await store.put(roleKey(placeOf(died)), Buffer.from("with secrets"));
  await store.put(`${reportsPrefix(placeOf(died))}master.json`, Buffer.from("[]"));
  await store.put(roleKey(placeOf(other)), Buffer.from("another's"));
  const result = await elsewhere().destroy(names, { purge: false }, () => {});
  expect(result).toMatchObject({ left: [], reasons: [] });
  expect(await store.keys("")).toEqual([roleKey(placeOf(other))]);
});

it("destroy that may not look there removes the instances and says what may be left", async () => {
  const names = { project: "p", cluster: "blind" };
  const { clusterId } = await makeCluster(scope.region, names);
  const result = await elsewhere("no-such-bucket").destroy(names, { purge: false }, () => {});
  expect(result.left).toEqual([`s3://no-such-bucket/psd/boot/${clusterId}/`]);
  expect(result.reasons).toHaveLength(1);
  expect(result.removed.filter((name) => name.startsWith("instance ")).length).toBe(3);
});
