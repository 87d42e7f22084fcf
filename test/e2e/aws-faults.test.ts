import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../src/simulator/simulator.js";
import { awsConfig, onAws, startSimulator } from "../support/aws-cli.js";
import { Cli, type CliOptions } from "../support/cli.js";
import { newProject } from "../support/project.js";

const PROJECT = "probe-refusals";
const cli = new Cli(newProject());
const folder = join(cli.directory, ".pyspark-deploy/clusters/cloud");
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator(cli);
  writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), awsConfig(PROJECT, "on-demand"));
});

afterAll(async () => {
  await cli.run(["destroy", "cloud", "--yes"]);
  await simulator.stop();
});

describe("when AWS does not do as told", () => {
  const create = (when: CliOptions["when"] = []) => cli.run(["create", "cloud"], { when });
  const destroyed = async () => {
    const { exitCode, stderr } = await cli.run(["destroy", "cloud", "--yes"]);
    expect([0, 2], stderr).toContain(exitCode);
    return onAws(PROJECT);
  };

  it("names the missing permission, and leaves nothing", async () => {
    await simulator.fault({
      action: "CreateLaunchTemplate",
      code: "UnauthorizedOperation",
      status: 403,
      message: "You are not authorized to perform this operation.",
      times: null,
    });
    const { exitCode, stderr } = await create();
    await simulator.clearFaults();
    expect(exitCode).toBe(4);
    expect(stderr).toContain("ec2:CreateLaunchTemplate");
    expect(await destroyed()).toEqual([]);
  });

  it("refuses before anything is made when the quota does not hold the cluster", async () => {
    await simulator.change({ vcpuQuota: 4 });
    const { exitCode, stderr } = await create();
    await simulator.change({ vcpuQuota: 2000 });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/needs 6 virtual CPUs; the account may run 4/);
    expect(await onAws(PROJECT)).toEqual([]);
    expect(await destroyed()).toEqual([]);
  });

  it("says each try when there is no capacity anywhere, and ends with what AWS said", async () => {
    await simulator.fault({ kind: "capacity", tags: { "pyspark-deploy:role": "worker" } });
    const { exitCode, stderr } = await create();
    await simulator.clearFaults();
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/capacity/i);
    expect(stderr).toMatch(/us-east-1b/);
    expect(await destroyed()).toEqual([]);
  });

  it("undoes what Terraform made when it is interrupted", async () => {
    const { exitCode, stderr } = await create({
      text: "Terraform: network",
      act: (kill) => void setTimeout(() => kill("SIGINT"), 4_000),
    });
    expect(exitCode, stderr).toBe(130);
    expect(stderr).toMatch(/removed again/);
    expect(await onAws(PROJECT)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it("is removed by destroy when the CLI was killed while Terraform worked", async () => {
    const { exitCode } = await create({
      text: "Terraform: network",
      act: (kill) => void setTimeout(() => kill("SIGKILL"), 5_000),
    });
    expect(exitCode).toBeUndefined();
    expect(await destroyed()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it("has all that a killed create made found by its tags when the record is lost too", async () => {
    const { exitCode } = await create({
      text: "Ansible: image",
      act: (kill) => kill("SIGKILL"),
    });
    expect(exitCode).toBeUndefined();
    expect((await onAws(PROJECT)).length).toBeGreaterThan(10);
    rmSync(folder, { recursive: true });
    expect(await destroyed()).toEqual([]);
  });

  it("asks for credentials that AWS takes", async () => {
    const { exitCode, stderr } = await cli.run(["create", "cloud"], {
      env: {
        AWS_ACCESS_KEY_ID: "",
        AWS_SECRET_ACCESS_KEY: "",
        AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
        AWS_CONFIG_FILE: "/nonexistent",
      },
    });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/credentials/i);
    expect(await onAws(PROJECT)).toEqual([]);
  });
});
