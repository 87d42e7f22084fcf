import type { CloudInstance } from "../../adapters/aws/ec2.js";
import { nextNames, workerNumber } from "../../plan/scaling.js";
import type { CloudFacts } from "../provider.js";

type Node = CloudFacts["nodes"][number];

function node(instance: CloudInstance, name: string, role: Node["role"]): Node {
  const privateIp = instance.privateIp ?? "";
  return {
    name,
    role,
    instance: instance.id,
    type: instance.type,
    zone: instance.zone,
    privateIp,
    address: instance.publicIp ?? privateIp,
    ...(instance.market === "spot" && { market: "spot" }),
  };
}

/**
 * Names the instances of a cluster: those that are recorded as they are, others in the order that `instances` has, with numbers above
 * `taken` (by default the highest that is recorded).
 */
export function nameNodes(
  instances: readonly CloudInstance[],
  recorded: readonly Node[] = [],
  taken = highestNumber(recorded),
): Node[] {
  const nameOf = new Map(recorded.map(({ instance, name }) => [instance, name]));
  const masters = instances.filter(({ role }) => role === "master");
  const workers = instances.filter(({ role }) => role === "worker");
  const unnamed = workers.filter(({ id }) => !nameOf.has(id));
  for (const [index, name] of nextNames(taken, unnamed.length).entries())
    nameOf.set(unnamed[index]?.id ?? "", name);
  return [
    ...masters.map((instance) => node(instance, "master", "master")),
    ...workers
      .map((instance) => node(instance, nameOf.get(instance.id) ?? "", "worker"))
      .sort((a, b) => workerNumber(a.name) - workerNumber(b.name)),
  ];
}

/** The highest number of a recorded worker. */
export const highestNumber = (nodes: readonly Node[]): number =>
  Math.max(0, ...nodes.map(({ name }) => workerNumber(name)));

/**
 * The names of those that stay whose host key may be another than the recorded one: nobody noted that they were configured, or
 * they are to be configured again.
 */
export const unsureOf = (
  nodes: readonly Node[],
  { keep, mend }: { readonly keep: readonly string[]; readonly mend: readonly string[] },
): string[] =>
  nodes
    .filter(({ name, parityKey }) => keep.includes(name) && (parityKey === undefined || mend.includes(name)))
    .map(({ name }) => name);

/** True when EC2 has started the instance and it has the addresses it will keep. */
export const isUp = (instance: CloudInstance, isPrivate: boolean): boolean =>
  instance.state === "running" &&
  instance.privateIp !== undefined &&
  (isPrivate || instance.publicIp !== undefined);
