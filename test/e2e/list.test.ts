import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
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
