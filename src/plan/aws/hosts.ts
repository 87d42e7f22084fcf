import { epochSeconds } from "../../config/duration.js";
import {
  AWS_FILES,
  CONF_DIRECTORY,
  driverNode,
  LOCAL_DIRECTORY,
  LOCAL_DISK_ENVIRONMENT,
  masterNode,
  type NodePlan,
  workerNode,
} from "../cluster-plan.js";
import { objectName, ROLE_LABEL } from "../identity.js";
import type { Market } from "./attempts.js";
import type { AwsSparkPlan } from "./spark-plan.js";

/** Where the Ansible role puts the content of SPARK_CONF_DIR. */
export const HOST_CONF_DIRECTORY = "/etc/pyspark-deploy/conf";
/** On the machine's own disks where it has some. */
export const HOST_LOCAL_DIRECTORY = "/var/lib/pyspark-deploy/local";
/** The user that the base image makes for Spark. */
const SPARK_USER = "spark";

/** The private addresses that the cloud gave the hosts. */
export interface NodeAddresses {
  readonly master: string;
  readonly workers: readonly {
    readonly name: string;
    readonly privateIp: string;
    readonly market?: Market | undefined;
  }[];
}

/** One container of a host, in the host's network, as the Ansible role takes it. */
export interface HostContainer {
  readonly name: string;
  readonly image: string;
  /** What the image's own `tini -g --` runs. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly add_hosts: Readonly<Record<string, string>>;
  readonly mounts: readonly {
    readonly source: string;
    readonly target: string;
    readonly read_only: boolean;
  }[];
  readonly limit_bytes: number | null;
  readonly restart: boolean;
  readonly user: string;
  readonly tmpfs: readonly string[];
}

/** The role's variables of one host. */
export interface HostVariables {
  readonly pyspark_deploy_node: string;
  readonly pyspark_deploy_private_ip: string;
  readonly pyspark_deploy_role: "master" | "worker";
  readonly pyspark_deploy_market: Market;
  readonly pyspark_deploy_containers: readonly HostContainer[];
}

/** The role's variables that all hosts share; the conf files hold secrets. */
export interface SharedVariables {
  readonly pyspark_deploy_image: string;
  readonly pyspark_deploy_conf_files: readonly {
    readonly path: string;
    readonly content_base64: string;
    readonly secret: boolean;
  }[];
  /** Seconds since 1970. */
  readonly pyspark_deploy_deadline: number;
  readonly pyspark_deploy_master_ip: string;
  /** Seconds. */
  readonly pyspark_deploy_ready_timeout: number;
}

export interface HostPlan {
  /** "master", "worker-1" … */
  readonly node: string;
  readonly role: "master" | "worker";
  readonly privateIp: string;
  readonly variables: HostVariables;
}

export interface AwsNodes {
  readonly hosts: readonly HostPlan[];
  readonly variables: SharedVariables;
}

interface Host {
  readonly name: string;
  readonly privateIp: string;
  readonly masterIp: string;
  readonly market: Market;
}

function container(plan: AwsSparkPlan, node: NodePlan, host: Host): HostContainer {
  const spills = node.role !== "master";
  return {
    name: objectName(plan.identity, node.name),
    image: plan.image.reference,
    command: node.command,
    environment: {
      ...node.environment,
      ...AWS_FILES,
      ...plan.environment,
      ...(spills && LOCAL_DISK_ENVIRONMENT),
    },
    labels: { ...plan.labels, [ROLE_LABEL]: node.role },
    hostname: node.name,
    // A JVM looks its own name up too.
    add_hosts: { [host.name]: host.privateIp, master: host.masterIp, driver: host.masterIp },
    mounts: [
      { source: HOST_CONF_DIRECTORY, target: CONF_DIRECTORY, read_only: true },
      ...(spills ? [{ source: HOST_LOCAL_DIRECTORY, target: LOCAL_DIRECTORY, read_only: false }] : []),
    ],
    limit_bytes: node.limitBytes ?? null,
    restart: true,
    user: SPARK_USER,
    tmpfs: [],
  };
}

function hostPlan(
  plan: AwsSparkPlan,
  host: Host,
  role: "master" | "worker",
  nodes: readonly NodePlan[],
): HostPlan {
  return {
    node: host.name,
    role,
    privateIp: host.privateIp,
    variables: {
      pyspark_deploy_node: host.name,
      pyspark_deploy_private_ip: host.privateIp,
      pyspark_deploy_role: role,
      pyspark_deploy_market: host.market,
      pyspark_deploy_containers: nodes.map((node) => container(plan, node, host)),
    },
  };
}

/** What the Ansible role makes of the hosts, once their addresses are known. */
export function awsNodes(plan: AwsSparkPlan, addresses: NodeAddresses): AwsNodes {
  const masterIp = addresses.master;
  const master: Host = { name: "master", privateIp: masterIp, masterIp, market: "on-demand" };
  return {
    hosts: [
      hostPlan(plan, master, "master", [masterNode(), driverNode()]),
      ...addresses.workers.map(({ name, privateIp, market = "on-demand" }) =>
        hostPlan(plan, { name, privateIp, masterIp, market }, "worker", [
          workerNode(name, plan.worker, privateIp),
        ]),
      ),
    ],
    variables: {
      pyspark_deploy_image: plan.image.reference,
      pyspark_deploy_conf_files: plan.confFiles.map(({ path, content, encoding, secret }) => ({
        path,
        content_base64: encoding === "base64" ? content : Buffer.from(content).toString("base64"),
        secret,
      })),
      pyspark_deploy_deadline: epochSeconds(plan.expires),
      pyspark_deploy_master_ip: masterIp,
      pyspark_deploy_ready_timeout: plan.readyTimeoutSeconds,
    },
  };
}
