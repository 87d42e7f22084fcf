import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { inventory } from "../../src/adapters/aws/inventory.js";
import { Simulator } from "../../src/simulator/simulator.js";
import type { Cli } from "./cli.js";
import { terraformEnvironment } from "./terraform.js";

export const REGION = "us-east-1";

/** A cluster "cloud" of two workers on the simulated AWS. */
export const awsConfig = (project: string, market: "spot" | "on-demand") => `project: ${project}
provider: aws
workers: 2
storage: {s3: "\${PYSPARK_DEPLOY_SIMULATOR_S3}"}
aws: {region: ${REGION}, masterTypes: [m6i.large], workerTypes: [m6i.large, m5.large], ttl: 2h, buckets: [probe], market: ${market}}
profiles: {cloud: {}}
`;

/** What AWS has of the cluster "cloud"; instances that are terminated are gone. */
export const onAws = async (project: string) =>
  (await inventory({ region: REGION }, { project, cluster: "cloud" })).resources;

/** Starts a simulator by the verb, in a folder of its own; this process and the CLI's find it from here on. */
export async function startSimulator(cli: Cli): Promise<Simulator> {
  const scratch = mkdtempSync(join(tmpdir(), "psd-aws-"));
  process.env.PYSPARK_DEPLOY_SIMULATOR_DIRECTORY = join(scratch, "simulator");
  const start = ["simulator", "start", "--profile-delay", "0", "--termination", "1"];
  const { exitCode, stderr } = await cli.run(start);
  expect(exitCode, stderr).toBe(0);
  const found = await Simulator.find();
  if (!found) throw new Error("the simulator does not run");
  Object.assign(process.env, found.env, terraformEnvironment(scratch));
  return found;
}
