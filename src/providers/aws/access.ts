import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SshIdentity } from "../../adapters/ssh/config.js";
import { newKeyPair } from "../../adapters/ssh/keys.js";
import { keyMaterial, ownKeys } from "../../adapters/ssh/own-keys.js";
import type { Context } from "../../context.js";
import type { ClusterRecord } from "../../state/record.js";
import type { CloudFacts } from "../provider.js";
import { PUSHED_KEY_FILE, type PushedKey } from "./connections.js";
import { ClusterFiles, KEY_FILE, SSH_USER } from "./files.js";

/** A teammate's machine: the public key by which his agent is asked, or the key pair that is pushed. */
const AGENT_KEY_FILE = "agent_key.pub";
const PUSHED_KEY_PAIR = "instance_connect_ed25519";

/** A key of the user's own that the nodes took at boot. */
async function ownIdentity(
  sshKeys: readonly string[],
  directory: string,
  env: Context["env"],
): Promise<SshIdentity | undefined> {
  if (sshKeys.length === 0) return undefined;
  const taken = new Set(sshKeys.map(keyMaterial));
  const mine = (await ownKeys(env)).filter((key) => taken.has(keyMaterial(key.public)));
  const [key] = [...mine.filter(({ file }) => file !== undefined), ...mine];
  if (!key) return undefined;
  if (key.file !== undefined) return { file: key.file, agent: true };
  const file = join(directory, AGENT_KEY_FILE);
  await writeFile(file, `${key.public}\n`);
  return { file, agent: true };
}

/** A key of this machine for this cluster, which EC2 Instance Connect lets in for a minute at a time. */
async function pushedIdentity(
  { region, profile, role, nodes }: CloudFacts,
  directory: string,
): Promise<SshIdentity> {
  const file = join(directory, PUSHED_KEY_PAIR);
  if (!existsSync(file)) {
    const pair = await newKeyPair();
    await writeFile(`${file}.pub`, `${pair.public}\n`);
    await writeFile(file, pair.private, { mode: 0o600 });
  }
  const key: PushedKey = {
    region,
    profile,
    role,
    publicKey: (await readFile(`${file}.pub`, "utf8")).trim(),
    user: SSH_USER,
    nodes: nodes.map(({ name, instance, zone }) => ({ name, instance, zone })),
  };
  await writeFile(join(directory, PUSHED_KEY_FILE), `${JSON.stringify(key, null, 2)}\n`);
  return { file, agent: false };
}

/**
 * Makes what this machine needs to reach the hosts of a shared cluster, from its record alone: by the cluster's key where it
 * was made here, else by a key of the user's own that the nodes have, else by one that EC2 Instance Connect lets in.
 */
export async function prepareAccess(
  { cloud, identity, phase }: Pick<ClusterRecord, "cloud" | "identity" | "phase">,
  directory: string,
  env: Context["env"],
): Promise<void> {
  if (!cloud) return;
  const own = join(directory, KEY_FILE);
  const isMaker = existsSync(own);
  // The command that makes it is at work here, and knows more than the record.
  if (isMaker && phase !== "ready") return;
  const files = new ClusterFiles(directory, identity.clusterId);
  const known = isMaker
    ? { file: own, agent: false }
    : await ownIdentity(cloud.sshKeys ?? [], directory, env);
  if (known) await rm(join(directory, PUSHED_KEY_FILE), { force: true });
  const access = known ?? (await pushedIdentity(cloud, directory));
  await files.writeAccess(cloud.nodes, access, cloud.network?.bastion);
}
