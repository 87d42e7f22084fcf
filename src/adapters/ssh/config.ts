import { BASTION, bastionSocket, proxyCommand } from "./bastion.js";
import { socketPrefix } from "./sockets.js";

/** A host of a cluster, as the user's machine reaches it. */
export interface SshHost {
  /** The node's name within the cluster. */
  readonly name: string;
  readonly address: string;
  /** Under which its key stands in known_hosts: addresses come again, instance ids do not. */
  readonly keyAlias: string;
}

/** By which key a host is opened. */
export interface SshIdentity {
  /** A private key, or the public key of one that the agent holds. */
  readonly file: string;
  /** True for a key of the user's own, which his agent may hold; else the agent is not asked. */
  readonly agent: boolean;
}

export interface SshFiles {
  readonly identity: SshIdentity;
  readonly knownHostsFile: string;
  /** A folder for sockets whose path is short: they are limited to 104 bytes on macOS, 108 on Linux. */
  readonly socketDirectory: string;
  /** "user@host:port" through which the hosts are reached, as the user's own ssh knows it. */
  readonly bastion?: string | undefined;
}

const quoted = (path: string) => `"${path}"`;

/** The socket of the bastion's connection, so that `-O` finds it; nothing else of it is ours. */
function bastionLines(clusterId: string, { bastion, socketDirectory }: SshFiles) {
  if (bastion === undefined) return { host: [], proxy: [] };
  const socket = bastionSocket(socketDirectory, clusterId);
  return {
    host: [`Host ${BASTION}\n  ControlPath ${quoted(socket)}\n`],
    proxy: [`  ProxyCommand ${proxyCommand(bastion, socket)}`],
  };
}

/**
 * The text of an ssh_config: every host by the names that `aliases` gives it, keys checked strictly from the first
 * connection, nothing of the user's own configuration used, and of his agent one key at most.
 */
export function sshConfig(
  hosts: readonly SshHost[],
  user: string,
  clusterId: string,
  files: SshFiles,
  aliases: (host: SshHost) => string = ({ name }) => name,
): string {
  const each = hosts.map(
    (host) =>
      `Host ${aliases(host)}\n  HostName ${host.address}\n  HostKeyAlias ${host.keyAlias}\n  ControlPath ${quoted(`${files.socketDirectory}/${socketPrefix(clusterId)}-${host.name}`)}\n`,
  );
  const all = hosts.map(aliases).join(" ");
  const { host, proxy } = bastionLines(clusterId, files);
  return [
    ...each,
    ...host,
    `Host ${all}`,
    `  User ${user}`,
    ...proxy,
    `  IdentityFile ${quoted(files.identity.file)}`,
    "  IdentitiesOnly yes",
    ...(files.identity.agent ? [] : ["  IdentityAgent none"]),
    `  UserKnownHostsFile ${quoted(files.knownHostsFile)}`,
    "  GlobalKnownHostsFile /dev/null",
    "  StrictHostKeyChecking yes",
    "  HostKeyAlgorithms ssh-ed25519",
    "  PasswordAuthentication no",
    "  ForwardAgent no",
    "  ConnectTimeout 10",
    "  ServerAliveInterval 15",
    "  ServerAliveCountMax 4",
    "  LogLevel ERROR",
    "",
  ].join("\n");
}

/** The text of a known_hosts file. */
export function knownHosts(keys: ReadonlyMap<string, string>): string {
  return [...keys].map(([alias, key]) => `${alias} ${key}\n`).join("");
}
