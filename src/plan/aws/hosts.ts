/** The private addresses that the cloud gave the hosts. */
export interface NodeAddresses {
  readonly master: string;
  /** Of worker-1, worker-2 … */
  readonly workers: readonly string[];
}

/** One container of a host, as the Ansible role takes it. */
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
