import type { SimulatedInstance } from "./instance.js";
import type { HostState } from "./state.js";

/** A host's container, as the engine sees it. */
export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
}

/** What a reboot inside a host ends its first process with: the kernel's answer to it in a process namespace. */
const REBOOT_EXIT_CODE = 129;

export type HostAction = "start" | "reboot" | "stop" | "remove" | "report-end";

export interface Actions {
  readonly boot: readonly SimulatedInstance[];
  readonly hosts: readonly { readonly action: HostAction; readonly host: HostState }[];
}

function actionFor(
  host: HostState,
  instance: SimulatedInstance | undefined,
  container: ContainerState | undefined,
): HostAction | undefined {
  if (host.state === "booting" || host.state === "changing") return undefined;
  if (!instance) return "remove";
  if (instance.state === "stopped") return host.state === "stopped" ? undefined : "stop";
  if (host.state === "stopped") return "start";
  if (instance.reboots > host.reboots) return "reboot";
  if (!container || container.running) return undefined;
  // A host that rebooted itself comes back; one that was powered off, or killed, is gone.
  return container.exitCode === REBOOT_EXIT_CODE ? "start" : "report-end";
}

/**
 * What has to be done so that there is one host for each living instance, and no living instance without its host.
 * `containers` has the hosts' containers by name; it is undefined when the engine was not asked this time.
 */
export function reconcile(
  instances: readonly SimulatedInstance[],
  hosts: readonly HostState[],
  containers: ReadonlyMap<string, ContainerState> | undefined,
): Actions {
  const known = new Set(hosts.map(({ instance }) => instance));
  const living = instances.filter(({ state }) => state === "running" || state === "stopped");
  const byId = new Map(living.map((instance) => [instance.id, instance]));
  return {
    boot: living.filter(
      ({ id, state, privateIp }) => state === "running" && privateIp !== null && !known.has(id),
    ),
    hosts: hosts.flatMap((host) => {
      const action = actionFor(host, byId.get(host.instance), containers?.get(host.container));
      return action === undefined ? [] : [{ action, host }];
    }),
  };
}
