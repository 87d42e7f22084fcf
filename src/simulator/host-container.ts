import type { SimulatedInstance } from "./instance.js";
import { hostName } from "./metadata.js";
import { simulatorLabels, simulatorObject } from "./names.js";

export interface HostRequest {
  readonly simulator: string;
  readonly image: string;
  readonly instance: SimulatedInstance;
  /** The Docker network that has the instance's address. */
  readonly network: string;
  readonly address: string;
  /** The host's folder on this machine, with `seed` and `metadata` in it. */
  readonly directory: string;
  /** ADDRESS:PORT of the registry, and the PEM file of its certificate authority. */
  readonly registry: { readonly address: string; readonly authority: string };
}

export const hostContainer = (simulator: string, instance: string): string =>
  simulatorObject(simulator, instance);

/** Where a host writes: its engine's data and its instance store can't be on the container's own overlay file system. */
export function hostVolumes(
  simulator: string,
  { id, instanceStore }: Pick<SimulatedInstance, "id" | "instanceStore">,
): { readonly name: string; readonly target: string }[] {
  return [
    { name: simulatorObject(simulator, `${id}-docker`), target: "/var/lib/docker" },
    ...(instanceStore.disks > 0
      ? [{ name: simulatorObject(simulator, `${id}-disks`), target: "/var/lib/simulator/disks" }]
      : []),
  ];
}

const bind = (source: string, target: string) => [
  "--mount",
  `type=bind,source=${source},target=${target},readonly`,
];

const pairs = (flag: string, values: Readonly<Record<string, string>>) =>
  Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);

/**
 * The arguments of `docker` that boot a host: systemd and a Docker engine in a container. Not --privileged, which is
 * refused where the capability to raise resource limits is missing: these capabilities, with /proc and /sys unmasked.
 */
export function hostArguments(request: HostRequest): string[] {
  const { simulator, image, instance, network, address, directory, registry } = request;
  const labels = simulatorLabels(simulator, "host");
  return [
    ...["run", "--detach", "--name", hostContainer(simulator, instance.id)],
    ...["--hostname", hostName(address), "--network", network, "--ip", address],
    ...pairs("--label", labels),
    ...["--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--cgroupns", "private"],
    ...["seccomp", "apparmor", "systempaths"].flatMap((part) => ["--security-opt", `${part}=unconfined`]),
    ...["--tmpfs", "/run:exec", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec"],
    ...hostVolumes(simulator, instance).flatMap(({ name, target }) => [
      "--mount",
      `type=volume,source=${name},target=${target}`,
    ]),
    ...bind(`${directory}/seed`, "/var/lib/cloud/seed/nocloud"),
    ...bind(`${directory}/metadata`, "/etc/simulator"),
    ...bind(registry.authority, `/etc/docker/certs.d/${registry.address}/ca.crt`),
    image,
  ];
}

/** The arguments of `docker` that boot a light host: sshd alone, with sockets of the supervisor's in /run/simulator. */
export function lightHostArguments(request: HostRequest): string[] {
  const { simulator, image, instance, network, address, directory } = request;
  return [
    ...["run", "--detach", "--init", "--name", hostContainer(simulator, instance.id)],
    ...["--hostname", hostName(address), "--network", network, "--ip", address],
    ...pairs("--label", simulatorLabels(simulator, "host")),
    ...["--log-driver", "none", "--security-opt", "seccomp=unconfined"],
    ...bind(`${directory}/metadata`, "/etc/simulator"),
    ...["--mount", `type=bind,source=${directory}/run,target=/run/simulator`],
    ...[image, "/usr/local/sbin/light-host"],
  ];
}
