import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ListedCluster } from "../../src/workflows/list.js";
import { AwsApi } from "../support/aws-api.js";
import { makeCluster } from "../support/aws-cluster.js";
import { Cli, docker, objectsOf } from "../support/cli.js";

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

describe("destroy --all", () => {
  const NO_CREDENTIALS = {
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_CONFIG_FILE: "/nonexistent",
  };
  /** What a killed create leaves on this machine. */
  const stray = async (cluster: string) => {
    const labels = { project: PROJECT, cluster, "cluster-id": "c0ffee" };
    const words = Object.entries(labels).flatMap(([name, value]) => [
      "--label",
      `pyspark-deploy:${name}=${value}`,
    ]);
    await docker("network", "create", ...words, `${PROJECT}-${cluster}`);
  };

  it("shows what would go, and removes nothing where nobody can be asked", async () => {
    await stray("here");
    const { exitCode, stderr } = await cli.run(["destroy", "--all"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/ {2}here: local, broken, 0 nodes\n {2}near: us-east-1, .*3 nodes, made by ann/);
    expect(stderr).toContain("pyspark-deploy destroy --all --yes");
    expect(await names()).toEqual(["here", "near"]);
  });

  it("takes no name beside it", async () => {
    const { exitCode, stderr } = await cli.run(["destroy", "near", "--all", "--yes"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Both "near" and --all')]);
  });

  it("removes what can be reached, and names what can't, exit code 7", async () => {
    const { exitCode, stderr } = await cli.run(["destroy", "--all", "--yes"], { env: NO_CREDENTIALS });
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/us-east-1 was not looked into: No AWS credentials/);
    expect(await objectsOf(PROJECT)).toEqual([]);
    expect(await names()).toEqual(["near"]);
  });

  it("names what AWS does not let go, and removes the others all the same", async () => {
    await stray("there");
    const refusal = { code: "UnauthorizedOperation", status: 403, message: "Not you.", times: 100 };
    await api.fault({ action: "DeleteVpc", ...refusal });
    const { exitCode, stderr } = await cli.run(["destroy", "--all", "--yes"]);
    await api.clearFaults();
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/Destroyed: there\..*\n.*near: Something of "near" is left:\nvpc vpc-/);
    expect(stderr).toContain("AWS does not let the credentials do ec2:DeleteVpc");
    expect(await objectsOf(PROJECT)).toEqual([]);
  });

  it("finishes when that is mended; then there is none", async () => {
    expect(await cli.json("destroy", "--all", "--yes")).toMatchObject({ clusters: [{ cluster: "near" }] });
    const { exitCode, stdout } = await cli.run(["destroy", "--all"]);
    expect([exitCode, stdout]).toEqual([0, "This project has no cluster."]);
  });
});
