import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { inventory } from "../../src/adapters/aws/inventory.js";
import type { ListedCluster } from "../../src/workflows/list.js";
import { AwsApi } from "../support/aws-api.js";
import { makeCluster } from "../support/aws-cluster.js";
import { Cli } from "../support/cli.js";

const PROJECT = `listed-${process.pid}`;
let api: AwsApi;
let cli: Cli;

beforeAll(async () => {
  api = await AwsApi.start({ terminationSeconds: 1 });
  for (const [name, value] of Object.entries(api.env)) vi.stubEnv(name, value);
  const directory = mkdtempSync(join(tmpdir(), "psd-list-"));
  writeFileSync(
    join(directory, "pyspark-deploy.yaml"),
    `project: ${PROJECT}\nprofiles: {cloud: {provider: aws, aws: {region: us-east-1}, storage: {s3: aws}}}\n`,
  );
  cli = new Cli(directory);
  await makeCluster("us-east-1", { project: PROJECT, cluster: "near" });
  await makeCluster("eu-west-1", { project: PROJECT, cluster: "far" });
});
afterAll(() => {
  vi.unstubAllEnvs();
  api.stop();
});

const names = async (...options: string[]) =>
  (await cli.json<{ clusters: ListedCluster[] }>("list", ...options)).clusters.map(({ cluster }) => cluster);

describe("list", () => {
  it("shows what there is in the config's regions, though this folder has no record of it", async () => {
    const { clusters } = await cli.json<{ clusters: ListedCluster[] }>("list");
    expect(clusters).toEqual([
      expect.objectContaining({ cluster: "near", region: "us-east-1", nodes: 3, recorded: false }),
    ]);
  });

  it("shows all regions when it is asked for them", async () => {
    expect(await names("--all-regions")).toEqual(["far", "near"]);
  });

  it("without credentials warns of AWS and shows what is here; for all regions it is an error", async () => {
    const env = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_CONFIG_FILE: "/nonexistent" };
    const here = await cli.run(["list"], { env });
    expect(here).toMatchObject({ exitCode: 0, stdout: "This project has no cluster." });
    expect(here.stderr).toMatch(/us-east-1 was not looked into: No AWS credentials/);
    const all = await cli.run(["list", "--all-regions"], { env });
    expect(all).toMatchObject({ exitCode: 4, stderr: expect.stringMatching(/aws configure/) });
  });
});

describe("with the records of a team on S3", () => {
  const team = (bucket: string) => ({ PYSPARK_DEPLOY_TEST_STATE: `s3://${bucket}/records` });
  const record = (clusterId: string) => ({
    schema: 1,
    provider: "aws",
    profile: "cloud",
    identity: {
      project: PROJECT,
      cluster: "near",
      clusterId,
      created: "2026-11-01T00:00:00Z",
      owner: "ann@mac",
      version: "0.1.0",
    },
    phase: "ready",
    image: { reference: "r", parityKey: "k", treeHash: "t" },
    workers: 2,
    workerCores: 1,
    workerMemoryBytes: 1,
    driverHeapBytes: 1,
    storage: { embedded: false, region: "us-east-1", credentials: "instance-profile" },
    driver: { container: "c", confMount: { type: "bind", source: "/" }, sharesFiles: false },
    cloud: { region: "us-east-1", deadline: "2099-01-01T00:00:00Z", nodes: [] },
    waterfall: [],
  });

  beforeAll(async () => {
    const file = join(cli.directory, "pyspark-deploy.yaml");
    writeFileSync(file, `${readFileSync(file, "utf8")}state: "\${PYSPARK_DEPLOY_TEST_STATE}"\n`);
    const s3 = new S3Client({ region: "us-east-1", forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "team" }));
    const [near] = JSON.parse((await cli.run(["--json", "list"], { env: team("team") })).stdout).clusters;
    await s3.send(
      new PutObjectCommand({
        Bucket: "team",
        Key: `records/${PROJECT}/near/record.json`,
        Body: JSON.stringify(record(near.clusterId)),
      }),
    );
  });

  it("a teammate's cluster is listed as recorded, and no destroy without its name means it", async () => {
    const { stdout } = await cli.run(["--json", "list"], { env: team("team") });
    expect(JSON.parse(stdout).clusters).toEqual([
      expect.objectContaining({ cluster: "near", recorded: true }),
    ]);
    const { exitCode, stderr } = await cli.run(["destroy", "--yes"], { env: team("team") });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("others': near (ann@mac)");
  });

  it("and a bucket that is gone, a cluster is destroyed by its tags all the same", async () => {
    const { exitCode, stderr } = await cli.run(["destroy", "near", "--yes"], { env: team("no-bucket") });
    expect(stderr).toMatch(/Records on S3 are not looked for: The bucket .* does not exist/);
    expect(stderr).toContain('Nothing of "near" is left but its record');
    expect(exitCode).toBe(7);
    expect(await inventory({ region: "us-east-1" }, { project: PROJECT, cluster: "near" })).toMatchObject({
      resources: [],
    });
  });
});
