import { LABEL_PREFIX, ROLE_LABEL } from "../plan/identity.js";
import type { LightContainer } from "./light-engine.js";

/** A light host with what it is said to run. */
export interface LightNode {
  readonly address: string;
  readonly containers: readonly LightContainer[];
}

const CLUSTER_LABEL = `${LABEL_PREFIX}cluster-id`;
const WORKER_PORT = 7078;
const MIB: Readonly<Record<string, number>> = { m: 1, g: 1024 };

const runs = (role: string) => (container: LightContainer) =>
  container.running && container.body.Labels?.[ROLE_LABEL] === role;

export const isMaster = runs("master");
const isWorker = runs("worker");

function argument({ body }: LightContainer, name: string): string {
  const words = body.Cmd ?? [];
  const at = words.indexOf(name);
  return at === -1 ? "" : (words[at + 1] ?? "");
}

/** Of what a JVM is given, such as 1920m or 3g. */
function mebibytes(size: string): number {
  const [, number = "0", unit = "m"] = /^(\d+)([mg])$/i.exec(size) ?? [];
  return Number(number) * (MIB[unit.toLowerCase()] ?? 1);
}

function worker(container: LightContainer, address: string): unknown {
  const cores = Number(argument(container, "--cores"));
  const memory = mebibytes(argument(container, "--memory"));
  const host = argument(container, "--host") || address;
  return {
    id: `worker-${container.id.slice(0, 12)}-${host}-${WORKER_PORT}`,
    host,
    port: WORKER_PORT,
    webuiaddress: `http://${host}:8081`,
    cores,
    coresused: 0,
    coresfree: cores,
    memory,
    memoryused: 0,
    memoryfree: memory,
    state: "ALIVE",
    lastheartbeat: Date.now(),
  };
}

/** What /json/ of the Spark master on a light host says; undefined when no master runs there. */
export function lightMaster(address: string, nodes: readonly LightNode[]): unknown {
  const master = nodes.find((node) => node.address === address)?.containers.find(isMaster);
  if (!master) return undefined;
  const cluster = master.body.Labels?.[CLUSTER_LABEL];
  const workers = nodes.flatMap((node) =>
    node.containers
      .filter(
        (container) =>
          isWorker(container) &&
          container.body.Labels?.[CLUSTER_LABEL] === cluster &&
          container.body.HostConfig?.ExtraHosts?.includes(`master:${address}`),
      )
      .map((container) => worker(container, node.address)),
  );
  return {
    url: "spark://master:7077",
    status: "ALIVE",
    workers,
    aliveworkers: workers.length,
    activeapps: [],
    completedapps: [],
    activedrivers: [],
    completeddrivers: [],
  };
}
