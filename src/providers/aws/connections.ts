import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SshConnections } from "../../adapters/ssh/connection.js";
import { SSH_CONFIG_FILE } from "../../state/names.js";
import type { CloudFacts } from "../provider.js";
import { servedPort } from "./options.js";

type Node = Pick<CloudFacts["nodes"][number], "name" | "instance" | "zone">;

/** Beside the ssh_config of whose key the hosts do not have: what EC2 Instance Connect has to be told. */
export const PUSHED_KEY_FILE = "instance-connect.json";

export interface PushedKey {
  readonly region: string;
  readonly profile?: string | undefined;
  readonly role?: CloudFacts["role"];
  /** In OpenSSH's format. */
  readonly publicKey: string;
  readonly user: string;
  readonly nodes: readonly Node[];
}

async function pushedKey(directory: string): Promise<PushedKey | undefined> {
  const text = await readFile(join(directory, PUSHED_KEY_FILE), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as PushedKey);
}

async function push(
  { region, profile, role, user, publicKey }: PushedKey,
  nodes: readonly Node[],
): Promise<void> {
  const { InstanceConnect } = await import("../../adapters/aws/instance-connect.js");
  const service = new InstanceConnect({ region, profile, role });
  await Promise.all(nodes.map(({ instance, zone }) => service.sendKey({ instance, zone, user, publicKey })));
}

/** Where this machine's key is let in for a minute at a time: does that on all these nodes; else nothing. */
export async function pushKeys(directory: string, nodes: readonly Node[]): Promise<void> {
  const key = await pushedKey(directory);
  if (key) await push(key, nodes);
}

/** Connections by the ssh_config in a cluster's folder; where its key has to be pushed first, each new one does. */
export function connectionsFrom(directory: string, clusterId: string, signal?: AbortSignal): SshConnections {
  const letIn = async (host: string) => {
    const key = await pushedKey(directory);
    if (!key) return;
    await push(
      key,
      key.nodes.filter(({ name }) => name === host),
    );
  };
  return new SshConnections(
    join(directory, SSH_CONFIG_FILE),
    clusterId,
    servedPort,
    signal,
    existsSync(join(directory, PUSHED_KEY_FILE)) ? letIn : undefined,
  );
}
