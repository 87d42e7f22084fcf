export interface TerraformFleet {
  readonly role: "master" | "worker";
  readonly count: number;
  /** In order of preference. */
  readonly instance_types: readonly string[];
  readonly zone: string;
  readonly market: "on-demand" | "spot";
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
  readonly repository_arns: readonly string[];
  /** By "<batch>-<attempt>": master-1, workers-1. */
  readonly fleets: Readonly<Record<string, TerraformFleet>>;
}
