import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { knownHosts, type SshHost, type SshIdentity, sshConfig } from "../../adapters/ssh/config.js";
import type { SshKeyPair } from "../../adapters/ssh/keys.js";
import { socketDirectory } from "../../adapters/ssh/sockets.js";
import { SSH_CONFIG_FILE } from "../../state/names.js";
import type { CloudFacts } from "../provider.js";

/** The user that Amazon Linux makes for SSH: in the group docker, with sudo. */
export const SSH_USER = "ec2-user";

/** The cluster's own key, on the machine that made it. */
export const KEY_FILE = "id_ed25519";

type Node = CloudFacts["nodes"][number];

/** Under which a node's host key is known: addresses come again, instances do not. */
export const keyAlias = (node: Node | undefined): string => node?.instance ?? "unknown";

/** The files beside a cluster's record with which its hosts are reached. */
export class ClusterFiles {
  constructor(
    readonly directory: string,
    private readonly clusterId: string,
  ) {}

  get sshConfig(): string {
    return join(this.directory, SSH_CONFIG_FILE);
  }

  get knownHosts(): string {
    return join(this.directory, "known_hosts");
  }

  get terraform(): string {
    return join(this.directory, "terraform");
  }

  get ansible(): string {
    return join(this.directory, "ansible");
  }

  async #write(file: string, content: string, mode: number): Promise<void> {
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await mkdir(this.directory, { recursive: true });
    await writeFileAtomic(join(this.directory, file), content, { mode });
  }

  /** The key that opens the cluster's hosts. */
  async writeKey({ private: secret, public: shared }: SshKeyPair): Promise<void> {
    await this.#write(KEY_FILE, secret, 0o600);
    await this.#write(`${KEY_FILE}.pub`, `${shared}\n`, 0o644);
  }

  /** How to reach the nodes by the cluster's own key, by way of a bastion if any, each with the host key that it shows at first. */
  async writeNodes(nodes: readonly Node[], hostKey: string, bastion?: string): Promise<void> {
    const identity = { file: join(this.directory, KEY_FILE), agent: false };
    await this.writeAccess(
      nodes.map((node) => ({ ...node, hostKey })),
      identity,
      bastion,
    );
  }

  /** How to reach the nodes, by the host keys that are known of them. */
  async writeAccess(nodes: readonly Node[], identity: SshIdentity, bastion?: string): Promise<void> {
    const hosts = nodes.map(
      (node): SshHost => ({
        name: node.name,
        address: node.address,
        keyAlias: keyAlias(node),
      }),
    );
    const keys = nodes.flatMap((node) =>
      node.hostKey === undefined ? [] : [[keyAlias(node), node.hostKey] as const],
    );
    await this.#write("known_hosts", knownHosts(new Map(keys)), 0o644);
    const files = {
      identity,
      knownHostsFile: this.knownHosts,
      socketDirectory: await socketDirectory(),
      bastion,
    };
    await this.#write(SSH_CONFIG_FILE, sshConfig(hosts, SSH_USER, this.clusterId, files), 0o644);
  }

  /** The nodes with the host keys that they are known by on this machine. */
  async withHostKeys(nodes: readonly Node[]): Promise<Node[]> {
    const lines = (await readFile(this.knownHosts, "utf8")).split("\n");
    const keys = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
    );
    return nodes.map((node) => ({ ...node, hostKey: keys.get(keyAlias(node)) ?? node.hostKey }));
  }
}
