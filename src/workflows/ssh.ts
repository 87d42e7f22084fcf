import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { nearest } from "../config/suggest.js";
import { ExitCode, UserError } from "../errors.js";
import { SSH_CONFIG_FILE } from "../state/names.js";
import type { ClusterRecord } from "../state/record.js";
import type { Session } from "./session.js";
import { withTerminal } from "./use.js";

/** The record of a cluster whose hosts can be reached, ready or not: to look why it isn't is what a shell is for. */
async function hostsOf(session: Session, name: string | undefined): Promise<ClusterRecord> {
  const cluster = await session.choose(name, await session.recorded());
  const record = await session.records.read(cluster);
  if (record?.driver.sshHost !== undefined && record.cloud && record.cloud.nodes.length > 0) return record;
  throw new UserError({
    exitCode: ExitCode.usage,
    message:
      record?.driver.sshHost === undefined
        ? `"${cluster}" has no hosts of its own: its nodes are containers of your Docker engine.`
        : `"${cluster}" has no hosts yet.`,
    hint: `A shell in its driver container: pyspark-deploy login ${cluster}`,
  });
}

function hostNamed(record: ClusterRecord, node: string): string {
  const names = record.cloud?.nodes.map(({ name }) => name) ?? [];
  const host = node === "driver" ? "master" : node;
  if (names.includes(host)) return host;
  const similar = nearest(node, names);
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `"${record.identity.cluster}" has no node "${node}".`,
    hint: similar === undefined ? `There are: ${names.join(", ")}.` : `Did you mean ${similar}?`,
  });
}

/** A shell on a host of the cluster, or a command there; returns its exit code. */
export async function shellOnHost(
  session: Session,
  name: string | undefined,
  node: string,
  command: readonly string[],
): Promise<number> {
  const record = await hostsOf(session, name);
  const host = hostNamed(record, node);
  return withTerminal(session.context, (signal) => session.connections(record).shell(host, command, signal));
}

/** The cluster's hosts for the user's own ssh: an ssh_config whose host names carry the cluster's. */
export async function sshInclude(session: Session, name: string | undefined): Promise<string> {
  const record = await hostsOf(session, name);
  const { cluster } = record.identity;
  const file = join(session.records.directory(cluster), SSH_CONFIG_FILE);
  const config = await readFile(file, "utf8");
  const qualified = (names: string) =>
    names
      .split(" ")
      .map((host) => `${cluster}-${host}`)
      .join(" ");
  return config.replace(/^Host (.+)$/gm, (_, names: string) => `Host ${qualified(names)}`);
}
