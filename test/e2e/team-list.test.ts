import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { inventory } from "../../src/adapters/aws/inventory.js";
import type { AwsApi } from "../support/aws-api.js";
import { makeCluster } from "../support/aws-cluster.js";
import { Cli } from "../support/cli.js";
import { startTeam, stateIn } from "../support/team-state.js";

const PROJECT = `team-${process.pid}`;
const CONFIG = `project: ${PROJECT}
state: "\${STATE}"
profiles: {cloud: {provider: aws, aws: {region: us-east-1}, storage: {s3: aws}}}
`;
let api: AwsApi;
let cli: Cli;

const team = (bucket: string) => ({ STATE: `s3://${bucket}/records` });
/** As a teammate's `create` wrote it. */
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
  api = await startTeam("team");
  const directory = mkdtempSync(join(tmpdir(), "psd-team-"));
  writeFileSync(join(directory, "pyspark-deploy.yaml"), CONFIG);
  cli = new Cli(directory);
  const { clusterId } = await makeCluster("us-east-1", { project: PROJECT, cluster: "near" });
  const text = JSON.stringify(record(clusterId));
  await stateIn("team", "records").write(`${PROJECT}/near/record.json`, text, undefined);
});
afterAll(() => {
  vi.unstubAllEnvs();
  api.stop();
});

describe("with the records of a team on S3", () => {
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
