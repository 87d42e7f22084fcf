import type { Labels } from "../../plan/identity.js";

export interface Mount {
  readonly type: "volume" | "bind";
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** Nothing secret: anybody who may use the engine can read it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Labels;
  /** A network's name, or `container:NAME` to share that container's. */
  readonly network: string;
  readonly hostname?: string | undefined;
  readonly user?: string | undefined;
  readonly mounts: readonly Mount[];
  /** Container ports to publish on free ports of the loopback interface. */
  readonly publish: readonly number[];
  readonly limitBytes?: number | undefined;
  readonly restart: boolean;
  readonly tmpfs: readonly string[];
}

/** The user that the base image makes for Spark; an image whose Dockerfile names another keeps that one. */
export const SPARK_USER = "spark";
export const SPARK_UID = 1000;

/** Starts through tini as group leader, so that a signal reaches the JVM and Python alike and no zombie stays. */
const INIT = ["tini", "-g", "--"] as const;

const pairs = (flag: string, values: Readonly<Record<string, string>>) =>
  Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);

function mountFlag(mount: Mount): string {
  return `type=${mount.type},source=${mount.source},target=${mount.target}${mount.readOnly ? ",readonly" : ""}`;
}

/** The arguments of `docker create` and `docker run` for a container. */
export function createArguments(spec: ContainerSpec): string[] {
  const shared = spec.network.startsWith("container:");
  const [init, ...initArguments] = INIT;
  return [
    ...["--name", spec.name, "--network", spec.network],
    ...(shared || spec.hostname === undefined
      ? []
      : ["--hostname", spec.hostname, "--network-alias", spec.hostname]),
    ...pairs("--label", spec.labels),
    ...pairs("--env", spec.environment),
    ...(spec.user === undefined ? [] : ["--user", spec.user]),
    ...spec.mounts.flatMap((mount) => ["--mount", mountFlag(mount)]),
    ...spec.publish.flatMap((port) => ["--publish", `127.0.0.1::${port}`]),
    ...(spec.limitBytes === undefined
      ? []
      : ["--memory", String(spec.limitBytes), "--memory-swap", String(spec.limitBytes)]),
    ...(spec.restart ? ["--restart", "unless-stopped"] : []),
    ...spec.tmpfs.flatMap((path) => ["--tmpfs", path]),
    ...["--entrypoint", init],
    spec.image,
    ...initArguments,
    ...spec.command,
  ];
}

/** How a program runs in a container of which nobody watches the output. */
export interface QuietExec {
  readonly input?: string;
  readonly timeoutSeconds?: number;
}
