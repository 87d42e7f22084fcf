import type { LaunchAttempt, Market } from "./attempts.js";
import type { AwsClusterPlan } from "./aws-plan.js";
import { VPC_CIDR } from "./network.js";

export interface TerraformFleet {
  readonly role: "master" | "worker";
  readonly count: number;
  /** In order of preference. */
  readonly instance_types: readonly string[];
  readonly zone: string;
  readonly market: Market;
  /** Of the role's template; left out: the module's own. */
  readonly launch_template_version?: string;
}

/** The variables of assets/terraform, under its own names. */
export interface TerraformVariables {
  readonly region: string;
  /** Prefix of the names of resources. */
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly vpc_cidr: string;
  readonly zones: readonly string[];
  readonly vpc_id: string | null;
  /** By zone. */
  readonly subnet_ids: Readonly<Record<string, string>>;
  readonly security_group_ids: readonly string[];
  readonly private: boolean;
  readonly ssh_cidrs: readonly string[];
  readonly public_key: string;
  readonly ami_id: string;
  readonly user_data_base64: string;
  readonly root_volume: {
    readonly device_name: string;
    readonly size_gib: number;
    readonly throughput_mibps: number;
    readonly iops: number;
  };
  readonly instance_profile_name: string | null;
  readonly permissions_boundary_arn: string | null;
  /** `bucket` or `bucket/prefix`. */
  readonly s3_locations: readonly string[];
  /** `bucket/prefix` of what the nodes configure themselves with. */
  readonly boot_location: string | null;
  readonly repository_arns: readonly string[];
  /** By "<batch>-<attempt>": master-1, workers-1. */
  readonly fleets: Readonly<Record<string, TerraformFleet>>;
}

export interface Launch {
  /** Undefined: the network and the role alone. */
  readonly attempt: LaunchAttempt | undefined;
  /** As in authorized_keys. */
  readonly publicKey: string;
  /** Gzipped MIME, as base64. */
  readonly userData: string;
  /** `bucket/prefix` of what nodes that configure themselves may read and write. */
  readonly bootLocation?: string | undefined;
}

/** The workers' launch template, as assets/terraform names it. */
export const workersTemplate = ({ name }: Pick<TerraformVariables, "name">): string => `${name}-worker`;

const resourcePrefix = (clusterId: string) => `psd-${clusterId}`;

function fleetsOf({ workers }: AwsClusterPlan, attempt: LaunchAttempt): Record<string, TerraformFleet> {
  const { zone, market, masterTypes, workerTypes, masterFleet, workersFleet } = attempt;
  return {
    [masterFleet]: { role: "master", count: 1, instance_types: masterTypes, zone, market: "on-demand" },
    [workersFleet]: { role: "worker", count: workers, instance_types: workerTypes, zone, market },
  };
}

/** What Terraform is called with. */
export function terraformVariables(plan: AwsClusterPlan, launch: Launch): TerraformVariables {
  const { network, volume, access } = plan;
  return {
    region: plan.region,
    name: resourcePrefix(plan.identity.clusterId),
    tags: plan.tags,
    vpc_cidr: VPC_CIDR,
    zones: plan.attempts.map(({ zone }) => zone),
    vpc_id: network.vpc ?? null,
    subnet_ids: network.subnets,
    security_group_ids: network.securityGroups,
    private: network.private,
    ssh_cidrs: network.sshCidrs,
    public_key: launch.publicKey,
    ami_id: plan.ami.id,
    user_data_base64: launch.userData,
    root_volume: {
      device_name: plan.ami.rootDevice,
      size_gib: volume.sizeGib,
      throughput_mibps: volume.throughputMibps,
      iops: volume.iops,
    },
    instance_profile_name: access.instanceProfile ?? null,
    permissions_boundary_arn: access.permissionsBoundary ?? null,
    s3_locations: access.s3Locations,
    boot_location: launch.bootLocation ?? null,
    repository_arns: access.repositoryArns,
    fleets: launch.attempt ? fleetsOf(plan, launch.attempt) : {},
  };
}
