import { homedir } from "node:os";
import { join } from "node:path";
import { Ansible, type ConfigureRequest } from "../../src/adapters/ansible/ansible.js";
import { ensureAnsible } from "../../src/adapters/ansible/install.js";
import type { AnsibleHost } from "../../src/adapters/ansible/inventory.js";
import { assetPath } from "../../src/assets.js";
import type { Host, Hosts } from "./hosts.js";

/** Small, but with what every image of a project has: tini and a user with the number 1000. */
export const smallImage = (hostImage: string) => `FROM ${hostImage} AS host
FROM localhost/pyspark-deploy/debian:bookworm-slim
COPY --from=host /usr/bin/tini /usr/bin/tini
RUN useradd --uid 1000 spark
LABEL title="Größe <&> 1"
ENV GREETING="a b"
`;

export const SECRET = "spark-secret-5e8f2a";

export const labels = (role: string) => ({
  "pyspark-deploy:cluster-id": "c0ffee",
  "pyspark-deploy:cluster": "nodes",
  "pyspark-deploy:role": role,
});

/** A container that sleeps, where Spark would run. */
export function container(role: string, image: string, command: readonly string[] = ["sleep", "infinity"]) {
  return {
    name: `pyspark-deploy_nodes_test_${role}`,
    image,
    command,
    environment: { BRACES: "{{ not a template }}", ROLE: role },
    labels: labels(role.split("-")[0] ?? role),
    hostname: role,
    add_hosts: { master: "10.78.0.10", driver: "10.78.0.10" },
    mounts: [
      { source: "/etc/pyspark-deploy/conf", target: "/opt/spark/conf", read_only: true },
      { source: "/var/lib/pyspark-deploy/local", target: "/var/lib/spark", read_only: false },
    ],
    limit_bytes: role === "master" ? null : 256 * 1024 * 1024,
    restart: true,
    user: "spark",
    tmpfs: ["/scratch"],
  };
}

export const DEADLINE = Math.floor(Date.now() / 1000) + 7200;

/** What the role is told of all hosts. */
export function sharedVariables(image: string, master: Host, conf = `secret ${SECRET}\n`) {
  return {
    pyspark_deploy_image: image,
    pyspark_deploy_conf_files: [
      { path: "spark-defaults.conf", content_base64: Buffer.from(conf).toString("base64"), secret: true },
      { path: "aws/config", content_base64: Buffer.from("[default]\n").toString("base64"), secret: false },
    ],
    pyspark_deploy_deadline: DEADLINE,
    pyspark_deploy_master_ip: master.address,
    pyspark_deploy_ready_timeout: 120,
  };
}

export function hostVariables({ node, address }: Host, containers: readonly unknown[]): AnsibleHost {
  return {
    node,
    variables: {
      pyspark_deploy_node: node,
      pyspark_deploy_private_ip: address,
      pyspark_deploy_role: node === "master" ? "master" : "worker",
      pyspark_deploy_containers: containers,
    },
  };
}

export async function ansible(signal?: AbortSignal): Promise<Ansible> {
  const playbooks = assetPath("ansible");
  const { program } = await ensureAnsible({
    requirements: join(playbooks, "requirements.txt"),
    cacheDirectory: join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pyspark-deploy"),
  });
  return new Ansible({ program, playbooks, signal });
}

export function request(
  hosts: Hosts,
  booted: readonly Host[],
  rest: Pick<ConfigureRequest, "hosts" | "variables" | "onEvent">,
): ConfigureRequest {
  const address = new Map(booted.map((host) => [host.node, host.address]));
  return {
    directory: hosts.directory,
    sshConfigFile: hosts.sshConfig,
    knownHosts: { file: hosts.knownHosts, nameOf: (node) => address.get(node) ?? node },
    ...rest,
  };
}
