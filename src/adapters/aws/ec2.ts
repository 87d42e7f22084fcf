import type { EC2Client, Instance } from "@aws-sdk/client-ec2";
import type { Market } from "../../plan/aws/attempts.js";
import type { FleetError } from "../../plan/aws/fleet-errors.js";
import type { InstanceShape } from "../../plan/aws/shapes.js";
import { ROLE_LABEL } from "../../plan/identity.js";
import { waitUntil } from "../../wait.js";
import { chunks } from "./chunks.js";
import { type AwsScope, clientConfig, Service } from "./client.js";
import { awsCode } from "./errors.js";
import { type ClusterSelector, selectorTags, tagFilters, tagTable } from "./tags.js";

type Sdk = typeof import("@aws-sdk/client-ec2");
export type Ec2Service = Service<EC2Client, Sdk>;

export function ec2Service(scope: AwsScope): Ec2Service {
  return new Service(scope, "ec2", async () => {
    const sdk = await import("@aws-sdk/client-ec2");
    return { sdk, client: new sdk.EC2Client(await clientConfig(scope)) };
  });
}

export interface CloudInstance {
  readonly id: string;
  /** pending, running, shutting-down, terminated, stopping or stopped. */
  readonly state: string;
  readonly type: string;
  readonly zone: string;
  readonly privateIp: string | undefined;
  readonly publicIp: string | undefined;
  /** master or worker. */
  readonly role: string | undefined;
  /** ISO 8601, UTC. */
  readonly launched: string;
  /** `spot`: AWS may take it back. */
  readonly market: Market;
  /** Why it is in its state, where AWS says it, such as Server.SpotInstanceTermination. */
  readonly reason: string | undefined;
  /** The fleet that launched it. */
  readonly fleet: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export interface AmiFacts {
  readonly id: string;
  readonly name: string;
  readonly architecture: "amd64" | "arm64";
  /** Such as /dev/xvda. */
  readonly rootDevice: string;
  /** The least size of the root volume. */
  readonly rootBytes: number;
}

const GIB = 2 ** 30;
/** The most that one DescribeInstanceTypes takes. */
const TYPES_PER_CALL = 100;
/** The most that AWS recommends for one TerminateInstances. */
const INSTANCES_PER_CALL = 1000;

const architecture = (name: string | undefined) => (name?.startsWith("arm64") ? "arm64" : "amd64");

function cloudInstance(raw: Instance): CloudInstance {
  const tags = tagTable(raw.Tags);
  return {
    id: raw.InstanceId ?? "",
    state: raw.State?.Name ?? "unknown",
    type: raw.InstanceType ?? "unknown",
    zone: raw.Placement?.AvailabilityZone ?? "unknown",
    privateIp: raw.PrivateIpAddress,
    publicIp: raw.PublicIpAddress,
    role: tags[ROLE_LABEL],
    launched: (raw.LaunchTime ?? new Date(0)).toISOString(),
    market: raw.InstanceLifecycle === "spot" ? "spot" : "on-demand",
    reason: raw.StateReason?.Code,
    // Set by EC2 on all that a fleet launches.
    fleet: tags["aws:ec2:fleet-id"],
    tags,
  };
}

/** Tells instances to terminate, without waiting; those that are forgotten already are no error. */
export async function terminateInstances(ec2: Ec2Service, ids: readonly string[]): Promise<void> {
  for (const some of chunks(ids, INSTANCES_PER_CALL))
    await ec2
      .call("TerminateInstances", ({ client, sdk, options }) =>
        client.send(new sdk.TerminateInstancesCommand({ InstanceIds: some }), options),
      )
      .catch((error: unknown) => {
        if (awsCode(error) !== "InvalidInstanceID.NotFound") throw error;
      });
}

/** Terraform's provider waits 5 s before it looks for a template that it has changed. */
const VERSION_SECONDS = 60;

/** The machines of one region. Every method throws a UserError (exit code 4) when AWS refuses. */
export class Ec2 {
  readonly #service: Ec2Service;

  constructor(private readonly scope: AwsScope) {
    this.#service = ec2Service(scope);
  }

  /** What each of the types has; an unknown type is an error that names it. */
  async instanceShapes(types: readonly string[]): Promise<Map<string, InstanceShape>> {
    const answers = await Promise.all(
      chunks([...new Set(types)], TYPES_PER_CALL).map((some) =>
        this.#service.call("DescribeInstanceTypes", ({ client, sdk, options }) =>
          client.send(new sdk.DescribeInstanceTypesCommand({ InstanceTypes: some as never[] }), options),
        ),
      ),
    );
    const shapes = answers.flatMap(({ InstanceTypes = [] }) =>
      InstanceTypes.map((raw): InstanceShape => {
        const disks = raw.InstanceStorageInfo?.Disks ?? [];
        return {
          type: raw.InstanceType ?? "",
          architecture: architecture(raw.ProcessorInfo?.SupportedArchitectures?.[0]),
          cores: raw.VCpuInfo?.DefaultVCpus ?? 1,
          memoryBytes: (raw.MemoryInfo?.SizeInMiB ?? 0) * 2 ** 20,
          instanceStoreDisks: disks.reduce((sum, { Count = 0 }) => sum + Count, 0),
          // EC2 counts disks in units of 10^9 bytes.
          instanceStoreBytes: (raw.InstanceStorageInfo?.TotalSizeInGB ?? 0) * 1e9,
        };
      }),
    );
    return new Map(shapes.map((shape) => [shape.type, shape]));
  }

  /** The region's availability zones that have each type, sorted; none for a type that the region does not have. */
  async offerings(types: readonly string[]): Promise<Map<string, string[]>> {
    const { region } = this.scope;
    const found = new Map<string, string[]>(types.map((type) => [type, []]));
    // Without values the filter would be refused.
    if (found.size === 0) return found;
    await this.#service.call("DescribeInstanceTypeOfferings", async ({ client, sdk, options }) => {
      const pages = sdk.paginateDescribeInstanceTypeOfferings(
        { client },
        {
          LocationType: "availability-zone",
          Filters: [{ Name: "instance-type", Values: [...found.keys()] }],
        },
        options,
      );
      // Local zones (us-east-1-bos-1a) have other networks and prices.
      for await (const { InstanceTypeOfferings = [] } of pages)
        for (const { InstanceType: type = "", Location: zone = "" } of InstanceTypeOfferings)
          if (zone.length === region.length + 1) found.get(type)?.push(zone);
    });
    for (const zones of found.values()) zones.sort();
    return found;
  }

  /** What is known of a machine image; one that isn't there is an error. */
  async amiFacts(id: string): Promise<AmiFacts> {
    const { Images: [image] = [] } = await this.#service.call("DescribeImages", ({ client, sdk, options }) =>
      client.send(new sdk.DescribeImagesCommand({ ImageIds: [id] }), options),
    );
    const rootDevice = image?.RootDeviceName ?? "/dev/xvda";
    const root = image?.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === rootDevice);
    return {
      id,
      name: image?.Name ?? id,
      architecture: architecture(image?.Architecture),
      rootDevice,
      rootBytes: (root?.Ebs?.VolumeSize ?? 0) * GIB,
    };
  }

  /** A cluster's instances, oldest first; those that are terminated stay listed for about an hour, if asked for. */
  async clusterInstances(
    selector: ClusterSelector,
    { terminated } = { terminated: false },
  ): Promise<CloudInstance[]> {
    const found: CloudInstance[] = [];
    await this.#service.call("DescribeInstances", async ({ client, sdk, options }) => {
      const Filters = tagFilters(selectorTags(selector));
      for await (const { Reservations = [] } of sdk.paginateDescribeInstances(
        { client },
        { Filters },
        options,
      ))
        for (const { Instances = [] } of Reservations) found.push(...Instances.map(cloudInstance));
    });
    return found
      .filter(({ state }) => terminated || state !== "terminated")
      .sort((a, b) => a.launched.localeCompare(b.launched) || a.id.localeCompare(b.id));
  }

  /** Adds a version with other user data, given as base64, to a launch template; returns its number once EC2 finds it. */
  async addTemplateVersion(template: string, userData: string): Promise<string> {
    const { LaunchTemplateVersion } = await this.#service.call(
      "CreateLaunchTemplateVersion",
      ({ client, sdk, options }) =>
        client.send(
          new sdk.CreateLaunchTemplateVersionCommand({
            LaunchTemplateName: template,
            SourceVersion: "$Latest",
            LaunchTemplateData: { UserData: userData },
          }),
          options,
        ),
    );
    const version = String(LaunchTemplateVersion?.VersionNumber);
    await waitUntil({
      description: `version ${version} of the launch template ${template}`,
      timeoutSeconds: VERSION_SECONDS,
      signal: this.scope.signal,
      hint: "Run the command again.",
      probe: async () =>
        (await this.#hasVersion(template, version))
          ? { done: true, value: undefined }
          : { done: false, seen: "EC2 does not find it yet" },
    });
    return version;
  }

  #hasVersion(template: string, version: string): Promise<boolean> {
    return this.#service
      .call("DescribeLaunchTemplateVersions", ({ client, sdk, options }) =>
        client.send(
          new sdk.DescribeLaunchTemplateVersionsCommand({
            LaunchTemplateName: template,
            Versions: [version],
          }),
          options,
        ),
      )
      .then(
        ({ LaunchTemplateVersions = [] }) => LaunchTemplateVersions.length > 0,
        (error: unknown) => {
          if (/^InvalidLaunchTemplate\w*\.VersionNotFound$/.test(awsCode(error) ?? "")) return false;
          throw error;
        },
      );
  }

  /** Why an instant fleet has fewer instances than were asked for: AWS answers such a request with HTTP 200. */
  async fleetErrors(fleetId: string): Promise<FleetError[]> {
    const { Fleets: [fleet] = [] } = await this.#service.call("DescribeFleets", ({ client, sdk, options }) =>
      // Instant fleets are answered only when they are asked for by id.
      client.send(new sdk.DescribeFleetsCommand({ FleetIds: [fleetId] }), options),
    );
    return (fleet?.Errors ?? []).map(({ ErrorCode, ErrorMessage, LaunchTemplateAndOverrides }) => ({
      code: ErrorCode ?? "Unknown",
      message: ErrorMessage ?? "",
      type: LaunchTemplateAndOverrides?.Overrides?.InstanceType,
      zone: LaunchTemplateAndOverrides?.Overrides?.AvailabilityZone,
    }));
  }

  /** Those of the instances that are not terminated yet, by state. */
  async #living(ids: readonly string[]): Promise<Map<string, string>> {
    const living = new Map<string, string>();
    await this.#service.call("DescribeInstances", async ({ client, sdk, options }) => {
      // A filter, not InstanceIds: an instance that is forgotten already is no error.
      for (const some of chunks(ids, 200))
        for await (const { Reservations = [] } of sdk.paginateDescribeInstances(
          { client },
          { Filters: [{ Name: "instance-id", Values: some }] },
          options,
        ))
          for (const { InstanceId = "", State } of Reservations.flatMap(({ Instances = [] }) => Instances))
            if (State?.Name !== "terminated") living.set(InstanceId, State?.Name ?? "unknown");
    });
    return living;
  }

  /**
   * Terminates the instances and waits until they are.
   * @throws UserError (exit code 5) with those that are not after `timeoutSeconds`.
   */
  async terminate(
    ids: readonly string[],
    {
      timeoutSeconds = 300,
      onWait,
    }: { readonly timeoutSeconds?: number; readonly onWait?: (seen: string) => void } = {},
  ): Promise<void> {
    const { signal } = this.scope;
    if (ids.length === 0) return;
    await terminateInstances(this.#service, [...(await this.#living(ids)).keys()]);
    await waitUntil({
      description: `${ids.length} instances to terminate`,
      timeoutSeconds,
      longestDelayMs: 2000,
      signal,
      ...(onWait && { onWait }),
      probe: async () => {
        const living = await this.#living(ids);
        if (living.size === 0) return { done: true, value: undefined };
        return { done: false, seen: [...living].map(([id, state]) => `${id} ${state}`).join(", ") };
      },
    });
  }
}
