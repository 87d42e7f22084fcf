import type { CloudInstance } from "../../adapters/aws/ec2.js";
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

/** Names the instances of a cluster: the master, and the workers in the order that `instances` has. */
export function nameNodes(instances: readonly CloudInstance[]): Node[] {
  const masters = instances.filter(({ role }) => role === "master");
  const workers = instances.filter(({ role }) => role === "worker");
  return [
    ...masters.map((instance) => node(instance, "master", "master")),
    ...workers.map((instance, index) => node(instance, `worker-${index + 1}`, "worker")),
  ];
}

/** True when EC2 has started the instance and it has the addresses it will keep. */
export const isUp = (instance: CloudInstance, isPrivate: boolean): boolean =>
  instance.state === "running" &&
  instance.privateIp !== undefined &&
  (isPrivate || instance.publicIp !== undefined);
