import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { inventory } from "../../src/adapters/aws/inventory.js";
import { latestAmi } from "../../src/adapters/aws/ssm.js";
import { findTerraform, type TerraformProgram } from "../../src/adapters/terraform/find.js";
import type { TerraformEvent } from "../../src/adapters/terraform/messages.js";
import { Terraform, type TerraformOptions } from "../../src/adapters/terraform/terraform.js";
import type { TerraformFleet, TerraformVariables } from "../../src/plan/aws/terraform-variables.js";
import { AwsApi } from "./aws-api.js";
import { leastPolicy } from "./iam-policy.js";
import { terraformEnvironment } from "./terraform.js";

export const REGION = "us-east-1";
export const ZONE = "us-east-1a";
export const scope = { region: REGION };

export const workers = (count: number): TerraformFleet => ({
  role: "worker",
  count,
  instance_types: ["m6i.large", "m5.large"],
  zone: ZONE,
  market: "on-demand",
});
export const MASTER: TerraformFleet = { ...workers(1), role: "master", instance_types: ["m6i.large"] };

const newClusterId = () => randomBytes(6).toString("hex");

function variablesOf(
  ami: string,
  clusterId: string,
  fleets: Record<string, TerraformFleet>,
): TerraformVariables {
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

export interface Cluster {
  readonly clusterId: string;
  readonly folder: string;
  readonly terraform: Terraform;
  readonly events: TerraformEvent[];
  readonly variables: (fleets: Record<string, TerraformFleet>) => TerraformVariables;
  /** Kinds and how many exist, without zeros. */
  readonly held: () => Promise<Record<string, number>>;
}

export const both = { "master-1": MASTER, "workers-1": workers(2) };
export const only =
  (resource: string) =>
  ({ resource: expected }: TerraformEvent) =>
    expected.startsWith(resource);

/** What works in a folder: Terraform and its providers. */
export function processesIn(folder: string): { readonly pid: number; readonly name: string }[] {
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

/** Terraform against a simulated AWS of its own, without hosts. */
class TerraformSetting {
  private constructor(
    readonly directory: string,
    readonly api: AwsApi,
    readonly program: TerraformProgram,
    private readonly ami: string,
  ) {}

  /** Also sets the environment of this process, until `stop`. */
  static async start(): Promise<TerraformSetting> {
    const directory = mkdtempSync(join(tmpdir(), "psd-terraform-"));
    const api = await AwsApi.start({ terminationSeconds: 0 });
    for (const [name, value] of Object.entries({ ...api.env, ...terraformEnvironment(directory) }))
      vi.stubEnv(name, value);
    return new TerraformSetting(directory, api, await findTerraform(), await latestAmi(scope, "amd64"));
  }

  newCluster(options: Partial<TerraformOptions> = {}, clusterId = newClusterId()): Cluster {
    const { directory, program } = this;
    const folder = options.stateDirectory ?? mkdtempSync(join(directory, "state-"));
    const cacheDirectory = join(directory, "cache");
    return {
      clusterId,
      folder,
      terraform: new Terraform({ program, stateDirectory: folder, cacheDirectory, ...options }),
      events: [],
      variables: (fleets) => variablesOf(this.ami, clusterId, fleets),
      held: async () => {
        const { looked } = await inventory(scope, { clusterId });
        return Object.fromEntries(looked.flatMap(({ kind, found }) => (found > 0 ? [[kind, found]] : [])));
      },
    };
  }

  /** Kills the Terraform that works in a folder, as the kernel would when memory is short. */
  killTerraform(folder: string): void {
    for (const { pid, name } of processesIn(folder))
      if (name === this.program.program) process.kill(pid, "SIGKILL");
  }

  /** What was asked of AWS so far that docs/iam-policy.json does not allow. */
  async forbidden(): Promise<string[]> {
    const allowed = new Set(leastPolicy().statements.flatMap(({ Action }) => Action));
    const asked = (await this.api.requests()).filter(({ service }) => service !== "s3");
    if (asked.length < 100) throw new Error(`only ${asked.length} requests: the policy was not tried`);
    const actions = new Set(asked.map(({ service, action }) => `${service}:${action}`));
    return [...actions].filter((action) => !allowed.has(action)).sort();
  }

  stop(): void {
    this.api.stop();
    vi.unstubAllEnvs();
  }
}

/** The setting of a test file: started before its tests, without faults after each of them, stopped at the end. */
export function terraformSetting() {
  vi.setConfig({ testTimeout: 400_000 });
  let started: TerraformSetting | undefined;
  const setting = (): TerraformSetting => {
    if (!started) throw new Error("the setting is there as soon as tests run");
    return started;
  };
  beforeAll(async () => {
    started = await TerraformSetting.start();
  });
  afterEach(() => setting().api.clearFaults());
  afterAll(() => started?.stop());
  return {
    setting,
    api: () => setting().api,
    newCluster: (...args: Parameters<TerraformSetting["newCluster"]>) => setting().newCluster(...args),
  };
}
