import { type ContainerSpec, type Mount, SPARK_UID, SPARK_USER } from "../../adapters/docker/container.js";
import type { PackedFile } from "../../adapters/docker/tar.js";
import {
  type ClusterPlan,
  type ClusterSecrets,
  CONF_DIRECTORY,
  MASTER_UI_PORT,
  type NodePlan,
  S3_PORT,
} from "../../plan/cluster-plan.js";
import { objectName, ROLE_LABEL } from "../../plan/identity.js";
import { MIB } from "../../plan/units.js";

export const S3_CONF_DIRECTORY = "/etc/s3proxy";
const S3_DATA_DIRECTORY = "/data";
/** The server's heap is bounded at a third of this; the rest is for its threads' buffers. */
const S3_LIMIT_BYTES = 768 * MIB;

export interface LocalNames {
  readonly network: string;
  readonly confVolume: string;
  readonly dataVolume: string;
  container(node: string): string;
}

/** A published port, as this machine reaches it. */
export const loopback = (port: number | undefined): string | undefined =>
  port === undefined ? undefined : `http://127.0.0.1:${port}`;

export function localNames(identity: { readonly project: string; readonly cluster: string }): LocalNames {
  return {
    network: objectName(identity),
    confVolume: objectName(identity, "conf"),
    dataVolume: objectName(identity, "s3-data"),
    container: (node) => objectName(identity, node),
  };
}

function confMount(names: LocalNames): Mount {
  return { type: "volume", source: names.confVolume, target: CONF_DIRECTORY, readOnly: true };
}

/** The container of one node of the plan. The driver's mount of the configuration is writable: files get in through it. */
export function nodeContainer(plan: ClusterPlan, node: NodePlan): ContainerSpec {
  const names = localNames(plan.identity);
  return {
    name: names.container(node.name),
    image: plan.image.reference,
    command: node.command,
    environment: node.environment,
    labels: { ...plan.labels, [ROLE_LABEL]: node.role },
    network: names.network,
    hostname: node.name,
    user: SPARK_USER,
    mounts: [{ ...confMount(names), readOnly: node.role !== "driver" }],
    publish: node.role === "master" ? [MASTER_UI_PORT] : [],
    limitBytes: node.limitBytes,
    restart: true,
    tmpfs: [],
  };
}

/** The container of the embedded S3 server. */
export function s3Container(plan: ClusterPlan, image: string): ContainerSpec {
  const names = localNames(plan.identity);
  return {
    name: names.container("s3"),
    image,
    command: ["start-s3"],
    environment: {},
    labels: { ...plan.labels, [ROLE_LABEL]: "s3" },
    network: names.network,
    hostname: "s3",
    user: SPARK_USER,
    mounts: [{ type: "volume", source: names.dataVolume, target: S3_DATA_DIRECTORY, readOnly: false }],
    publish: [S3_PORT],
    limitBytes: S3_LIMIT_BYTES,
    restart: true,
    tmpfs: [],
  };
}

/** The server's configuration, with the cluster's credentials. */
export function s3Files(secrets: ClusterSecrets): PackedFile[] {
  const properties = {
    "s3proxy.endpoint": `http://0.0.0.0:${S3_PORT}`,
    "s3proxy.authorization": "aws-v2-or-v4",
    "s3proxy.identity": secrets.s3AccessKey,
    "s3proxy.credential": secrets.s3SecretKey,
    "jclouds.provider": "filesystem-nio2",
    "jclouds.filesystem.basedir": S3_DATA_DIRECTORY,
  };
  const content = Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
  return [{ path: "s3proxy.properties", content, mode: 0o400, uid: SPARK_UID }];
}

export function confFiles(plan: ClusterPlan): PackedFile[] {
  return plan.confFiles.map(({ path, content, secret }) => ({
    path,
    content,
    mode: secret ? 0o400 : 0o444,
    uid: SPARK_UID,
  }));
}
