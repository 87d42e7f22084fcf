import type { SimulatedInstance } from "./instance.js";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the metadata service of a host (assets/simulator/host/bin/imds) serves. */
export interface HostMetadata {
  readonly tokens: string;
  readonly endpoint: string;
  readonly paths: Readonly<Record<string, string>>;
  /** Base64, since it may be compressed. */
  readonly userData: string;
  readonly credentials: (Credentials & { readonly role: string }) | null;
  readonly instanceStore: SimulatedInstance["instanceStore"];
}

/** As EC2 names hosts after their private address. */
export const hostName = (address: string): string => `ip-${address.replaceAll(".", "-")}`;

const domain = (region: string) => (region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`);

function identityDocument(instance: SimulatedInstance): string {
  return JSON.stringify({
    accountId: instance.account,
    architecture: instance.architecture,
    availabilityZone: instance.zone,
    imageId: instance.image,
    instanceId: instance.id,
    instanceType: instance.type,
    pendingTime: instance.launched,
    privateIp: instance.privateIp,
    region: instance.region,
    version: "2017-09-30",
  });
}

function spotPaths({ interruption }: SimulatedInstance): Record<string, string> {
  if (!interruption) return {};
  return {
    "meta-data/spot/instance-action": JSON.stringify(interruption),
    "meta-data/spot/termination-time": interruption.time,
  };
}

/** Where EC2 Instance Connect puts the keys that a host's SSH server takes for a minute. */
function pushedKeyPaths({ pushedKeys }: SimulatedInstance): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const { user, key } of pushedKeys) {
    const path = `meta-data/managed-ssh-keys/active-keys/${user}`;
    paths[path] = `${paths[path] ?? ""}${key}\n`;
  }
  return paths;
}

function profilePaths({ profile }: SimulatedInstance): Record<string, string> {
  if (profile === null) return {};
  const info = { Code: "Success", LastUpdated: "2026-01-01T00:00:00Z", InstanceProfileArn: profile };
  return { "meta-data/iam/info": JSON.stringify(info) };
}

function interfacePaths(instance: SimulatedInstance): Record<string, string> {
  const { mac, privateIp, publicIp, subnetId, vpcId, vpcCidr, securityGroups } = instance;
  if (mac === null || privateIp === null) return {};
  const folder = `meta-data/network/interfaces/macs/${mac}`;
  return {
    "meta-data/mac": mac,
    [`${folder}/device-number`]: "0",
    [`${folder}/local-ipv4s`]: privateIp,
    ...(publicIp === null ? {} : { [`${folder}/public-ipv4s`]: publicIp }),
    [`${folder}/security-group-ids`]: securityGroups.map(({ id }) => id).join("\n"),
    [`${folder}/subnet-id`]: subnetId ?? "",
    [`${folder}/vpc-id`]: vpcId ?? "",
    [`${folder}/vpc-ipv4-cidr-block`]: vpcCidr ?? "",
  };
}

function paths(instance: SimulatedInstance): Record<string, string> {
  const { id, type, zone, region, image, privateIp, publicIp, key, keyName, tags } = instance;
  const host = privateIp === null ? id : `${hostName(privateIp)}.${domain(region)}`;
  const shown = instance.metadata.tags === "enabled" ? Object.entries(tags) : [];
  return {
    "meta-data/ami-id": image,
    "meta-data/hostname": host,
    "meta-data/instance-id": id,
    "meta-data/instance-life-cycle": instance.lifecycle,
    "meta-data/instance-type": type,
    "meta-data/local-hostname": host,
    ...(privateIp === null ? {} : { "meta-data/local-ipv4": privateIp }),
    ...(publicIp === null ? {} : { "meta-data/public-ipv4": publicIp }),
    "meta-data/placement/availability-zone": zone,
    "meta-data/placement/region": region,
    "meta-data/security-groups": instance.securityGroups.map(({ name }) => name).join("\n"),
    "meta-data/services/domain": "amazonaws.com",
    ...(key === null ? {} : { "meta-data/public-keys/0/openssh-key": `${key} ${keyName}` }),
    ...Object.fromEntries(shown.map(([name, value]) => [`meta-data/tags/instance/${name}`, value])),
    ...interfacePaths(instance),
    ...pushedKeyPaths(instance),
    ...profilePaths(instance),
    ...spotPaths(instance),
    "dynamic/instance-identity/document": identityDocument(instance),
  };
}

/** What a host's metadata service says; the credentials of an instance profile are those of the S3 server. */
export function hostMetadata(instance: SimulatedInstance, credentials: Credentials): HostMetadata {
  const { role, metadata, userData, instanceStore } = instance;
  return {
    tokens: metadata.tokens,
    endpoint: metadata.endpoint,
    paths: paths(instance),
    userData,
    credentials: role === null ? null : { role, ...credentials },
    instanceStore,
  };
}

/** The seed that cloud-init reads in a host: file names to contents. */
export function cloudInitSeed(instance: SimulatedInstance): Readonly<Record<string, Uint8Array>> {
  const { id, privateIp, key, userData } = instance;
  // JSON is YAML.
  const data = {
    "instance-id": id,
    ...(privateIp !== null && { "local-hostname": hostName(privateIp) }),
    ...(key !== null && { "public-keys": [key] }),
  };
  return {
    "meta-data": Buffer.from(JSON.stringify(data)),
    "user-data": Buffer.from(userData, "base64"),
  };
}
