/** An instance as the API server describes it to the supervisor (api/control.py). */
export interface SimulatedInstance {
  readonly id: string;
  readonly state: "pending" | "running" | "shutting-down" | "stopping" | "stopped";
  readonly account: string;
  readonly region: string;
  readonly zone: string;
  readonly type: string;
  readonly architecture: string;
  readonly image: string;
  readonly lifecycle: string;
  readonly launched: string;
  readonly privateIp: string | null;
  readonly publicIp: string | null;
  readonly mac: string | null;
  readonly vpcId: string | null;
  readonly vpcCidr: string | null;
  readonly subnetId: string | null;
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[];
  readonly metadata: { readonly tokens: string; readonly endpoint: string; readonly tags: string };
  readonly keyName: string | null;
  /** The public key, in OpenSSH's format. */
  readonly key: string | null;
  /** Those that EC2 Instance Connect was given within the last minute. */
  readonly pushedKeys: readonly { readonly user: string; readonly key: string }[];
  /** ARN of the instance profile. */
  readonly profile: string | null;
  /** Name of the profile's role. */
  readonly role: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Base64. */
  readonly userData: string;
  readonly interruption: { readonly action: string; readonly time: string } | null;
  /** How often RebootInstances named it. */
  readonly reboots: number;
  readonly instanceStore: { readonly disks: number; readonly bytesEach: number };
}
