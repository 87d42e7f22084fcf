import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { knownHosts, type SshHost, sshConfig } from "../../adapters/ssh/config.js";
import type { SshKeyPair } from "../../adapters/ssh/keys.js";
import { socketDirectory } from "../../adapters/ssh/sockets.js";
import { SSH_CONFIG_FILE } from "../../state/names.js";
import type { CloudFacts } from "../provider.js";
import type { BootPlace } from "./boot.js";

/** The user that Amazon Linux makes for SSH: in the group docker, with sudo. */
const SSH_USER = "ec2-user";

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

  /** Says where on S3 the nodes' role lies while they may read it. */
  get boot(): string {
    return join(this.directory, "boot.json");
  }

  get ansible(): string {
    return join(this.directory, "ansible");
  }

  async #write(file: string, content: string, mode: number): Promise<void> {
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await mkdir(this.directory, { recursive: true });
    await writeFileAtomic(join(this.directory, file), content, { mode });
  }

  async writeBoot(place: BootPlace): Promise<void> {
    await this.#write("boot.json", `${JSON.stringify(place)}\n`, 0o644);
  }

  async readBoot(): Promise<BootPlace | undefined> {
    const text = await readFile(this.boot, "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as BootPlace);
  }

  /** The key that opens the cluster's hosts. */
  async writeKey({ private: secret, public: shared }: SshKeyPair): Promise<void> {
    await this.#write("id_ed25519", secret, 0o600);
    await this.#write("id_ed25519.pub", `${shared}\n`, 0o644);
  }

  /** How to reach the nodes, each with the host key that it shows at first. */
  async writeNodes(nodes: readonly Node[], hostKey: string): Promise<void> {
    const hosts = nodes.map(
      (node): SshHost => ({
        name: node.name,
        address: node.address,
        keyAlias: keyAlias(node),
      }),
    );
    const keys = new Map(nodes.map((node) => [keyAlias(node), hostKey]));
    await this.#write("known_hosts", knownHosts(keys), 0o644);
    const files = {
      identityFile: join(this.directory, "id_ed25519"),
      knownHostsFile: this.knownHosts,
      socketDirectory: await socketDirectory(),
    };
    await this.#write(SSH_CONFIG_FILE, sshConfig(hosts, SSH_USER, this.clusterId, files), 0o644);
  }
}
