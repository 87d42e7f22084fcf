export type Architecture = "amd64" | "arm64";

/** What an instance type has, as DescribeInstanceTypes says it. */
export interface InstanceShape {
  readonly type: string;
  readonly architecture: Architecture;
  /** vCPUs. */
  readonly cores: number;
  /** Nominal: the kernel sees a little less. */
  readonly memoryBytes: number;
  /** NVMe disks that belong to the host machine; 0 for most types. */
  readonly instanceStoreDisks: number;
  readonly instanceStoreBytes: number;
}
