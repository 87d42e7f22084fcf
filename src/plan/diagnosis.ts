import { type Config, DEFAULT_DRIVER_MEMORY } from "../config/schema.js";
import { parseBytes } from "../config/size.js";
import { ExitCode, UserError } from "../errors.js";
import { fixFor, type OperatingSystem, type Trouble } from "./fixes.js";
import { jobLimitBytes, type LocalSizeRequest, type Machine, sizeLocalWorker } from "./sizing.js";
import { counted, formatMiB, GIB, MIB } from "./units.js";

/** One thing that was looked at. */
export interface Check {
  readonly check: string;
  readonly state: "ok" | "warning" | "failed";
  readonly text: string;
  /** The command or edit that mends it. */
  readonly fix?: string;
  /** Of a failed check: what the verb that needs it would exit with. */
  readonly exitCode?: ExitCode;
}

const ok = (check: string, text: string): Check => ({ check, state: "ok", text });
const warning = (check: string, text: string, fix: string): Check => ({ check, state: "warning", text, fix });
const failed = (check: string, text: string, fix: string, exitCode: ExitCode = ExitCode.usage): Check => ({
  check,
  state: "failed",
  text,
  fix,
  exitCode,
});

/** Smallest minor version of each supported major; every major from `NEWEST_KNOWN` on is supported. */
const SUPPORTED_NODE: Readonly<Record<number, number>> = { 20: 19, 22: 12 };
const NEWEST_KNOWN = 24;
/** Older majors get no security fixes any more. */
const RECOMMENDED_NODE = 22;

/** The supported versions of Node, as package.json names them. */
export const NODE_RANGE = [
  ...Object.entries(SUPPORTED_NODE).map(([major, minor]) => `^${major}.${minor}.0`),
  `>=${NEWEST_KNOWN}.0.0`,
].join(" || ");

export function checkNode(version: string, system: OperatingSystem): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const fix = fixFor("node-version", system);
  if (major < NEWEST_KNOWN && minor < (SUPPORTED_NODE[major] ?? Number.POSITIVE_INFINITY))
    return failed("node", `${version} is not supported (${NODE_RANGE})`, fix, ExitCode.toolMissing);
  if (major < RECOMMENDED_NODE)
    return warning("node", `${version} works, but Node ${major} is past its end of life`, fix);
  return ok("node", version);
}

export interface DockerFacts {
  readonly client: string | undefined;
  readonly buildx: string | undefined;
  readonly context: { readonly name: string; readonly endpoint: string } | undefined;
  readonly engine: (Machine & { readonly architecture: string; readonly version: string }) | undefined;
  readonly trouble:
    | { readonly trouble: Trouble; readonly message: string; readonly said: string }
    | undefined;
}

/** The oldest engine that the tests have run on is a 20.10. */
const OLDEST_ENGINE = 20;

export function checkDocker(docker: DockerFacts, system: OperatingSystem): Check[] {
  if (docker.client === undefined) {
    const fix = fixFor("docker-missing", system);
    return [failed("docker", "docker is not on the PATH", fix, ExitCode.toolMissing)];
  }
  return [
    ok("docker", `client ${docker.client}`),
    docker.buildx === undefined
      ? warning("buildx", "absent: builds use the legacy builder", fixFor("buildx-missing", system))
      : ok("buildx", docker.buildx),
    ...(docker.context ? [ok("context", `${docker.context.name} (${docker.context.endpoint})`)] : []),
    checkEngine(docker, system),
  ];
}

function checkEngine({ engine, trouble }: DockerFacts, system: OperatingSystem): Check {
  if (!engine) {
    const { message, said } = trouble ?? { message: "No Docker engine answers.", said: "" };
    const text = said === "" ? message : `${message} ${said.split("\n").at(-1)}`;
    return failed("engine", text, fixFor(trouble?.trouble ?? "docker-stopped", system), ExitCode.toolMissing);
  }
  const size = `${counted(engine.cores, "core")}, ${formatMiB(engine.memoryBytes)}`;
  const text = `${engine.version}, ${engine.architecture}, ${size}`;
  return Number.parseInt(engine.version, 10) < OLDEST_ENGINE
    ? warning("engine", `${text}; tested from 20.10 on`, fixFor("docker-missing", system))
    : ok("engine", text);
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "linux/amd64",
  aarch64: "linux/arm64",
};

/** Whether images of the configured platform run without emulation. */
export function checkPlatform(architecture: string, platform: string | undefined): Check[] {
  const own = ARCHITECTURES[architecture];
  if (platform === undefined || own === undefined || platform === own) return [];
  return [
    warning(
      "platform",
      `image.platform is ${platform}, the engine is ${own}: its images run emulated, many times slower`,
      "Remove image.platform from the profile that you run on this machine",
    ),
  ];
}

/** What a verb that does not stop for it says of a check; nothing when all is well. */
export const warningText = ({ state, text, fix }: Check): string | undefined =>
  state === "ok" ? undefined : `${text.replace(/\.$/, "")}. ${fix}`;

/** What a config asks of the machine that its cluster runs on. */
export interface ClusterWish extends LocalSizeRequest {
  readonly driverHeapBytes: number;
}

export function clusterWish(config: Config): ClusterWish {
  return {
    workers: config.workers,
    cores: config.worker.cores,
    memory: config.worker.memory,
    workload: config.spark.workload,
    driverHeapBytes: parseBytes(config.driver.memory ?? DEFAULT_DRIVER_MEMORY),
  };
}

/** Below this an executor spends its time collecting garbage. */
const COMFORTABLE_HEAP_BYTES = 700 * MIB;

/** Whether the configured cluster fits into the engine. */
export function checkSize(machine: Machine, wish: ClusterWish, system: OperatingSystem): Check {
  const fix = fixFor("engine-memory", system);
  try {
    const { cores, limitBytes, executorHeapBytes } = sizeLocalWorker(machine, wish);
    const text = `${wish.workers} × (${counted(cores, "core")}, ${formatMiB(limitBytes)})`;
    if (limitBytes * wish.workers + jobLimitBytes(wish.driverHeapBytes) > machine.memoryBytes)
      return warning("size", `${text} and a job's driver need more memory than the engine has`, fix);
    if (executorHeapBytes < COMFORTABLE_HEAP_BYTES)
      return warning("size", `${text}: only ${formatMiB(executorHeapBytes)} of heap for each executor`, fix);
    if (cores * wish.workers > machine.cores)
      return warning(
        "size",
        `${text} share the ${machine.cores} cores of the engine`,
        "Lower workers or worker.cores in pyspark-deploy.yaml",
      );
    return ok("size", text);
  } catch (error) {
    if (error instanceof UserError) return failed("size", error.message, fix);
    throw error;
  }
}

/** What the images of a first project take, and what Spark needs to spill a little. */
const ENGINE_DISK = { enough: 10 * GIB, least: 3 * GIB };
/** The project's folder holds the record, a few kilobytes. */
const PROJECT_DISK = { enough: GIB, least: 20 * MIB };

function checkDisk(
  check: string,
  place: string,
  free: number,
  limits: typeof ENGINE_DISK,
  fix: string,
): Check {
  const text = `${formatMiB(free)} free in ${place}`;
  if (free < limits.least) return failed(check, `only ${text}`, fix, ExitCode.notReady);
  return free < limits.enough ? warning(check, `only ${text}`, fix) : ok(check, text);
}

/** `free` is undefined where the engine's disk can't be seen from here. */
export function checkEngineDisk(place: string, free: number | undefined, system: OperatingSystem): Check {
  return free === undefined
    ? ok("engine disk", "not visible from here until the base image is built")
    : checkDisk("engine disk", place, free, ENGINE_DISK, fixFor("disk-full", system));
}

export function checkProjectDisk(directory: string, free: number | undefined): Check[] {
  if (free === undefined) return [];
  return [checkDisk("disk", directory, free, PROJECT_DISK, `Free space: du -sh ${directory}/* | sort -h`)];
}

export function checkLoopback(failure: string | undefined, system: OperatingSystem): Check {
  return failure === undefined
    ? ok("loopback", "ports of 127.0.0.1 can be bound")
    : failed("loopback", `no port of 127.0.0.1 can be bound: ${failure}`, fixFor("loopback", system));
}

/** A problem of the user's as an error says it. */
export interface Problem {
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
}

export function checkConfig(file: string | undefined, problem: Problem | undefined): Check {
  if (problem) return failed("config", problem.message, problem.hint ?? "Correct it", problem.exitCode);
  if (file === undefined)
    return warning("config", "no pyspark-deploy.yaml here or above", "pyspark-deploy init");
  return ok("config", file);
}

export function checkIgnore(file: string, leavesOutState: boolean): Check {
  return leavesOutState
    ? ok(".dockerignore", "leaves out .pyspark-deploy")
    : failed(
        ".dockerignore",
        `${file} does not leave out .pyspark-deploy: secrets of clusters would get into the image`,
        `echo .pyspark-deploy >> ${file}`,
      );
}

export function checkState(directory: string, writable: boolean): Check {
  return writable
    ? ok("state", `${directory} is writable`)
    : failed("state", `${directory} is not writable`, `sudo chown -R "$(id -u):$(id -g)" ${directory}`);
}

export interface CredentialFacts {
  readonly identity: string | undefined;
  /** Unix milliseconds. */
  readonly expires: number | undefined;
  readonly profile: string | undefined;
}

const HOUR_MS = 3_600_000;

/** Whether jobs will get credentials, and for how long. `now` in Unix milliseconds. */
export function checkCredentials(found: CredentialFacts | Problem, now: number): Check {
  if ("message" in found) {
    const fix = found.hint ?? "aws configure";
    return failed("credentials", found.message, fix, found.exitCode);
  }
  const whose = found.identity ?? (found.profile === undefined ? "found" : `of the profile ${found.profile}`);
  if (found.expires === undefined) return ok("credentials", `${whose}; they do not expire`);
  const renew = `aws sso login${found.profile === undefined ? "" : ` --profile ${found.profile}`}`;
  const left = found.expires - now;
  if (left <= 0) return failed("credentials", `${whose}; expired`, renew, ExitCode.cloudRefused);
  const text = `${whose}; expire in ${left < HOUR_MS ? `${Math.ceil(left / 60_000)} min` : `${(left / HOUR_MS).toFixed(1)} h`}`;
  return left < HOUR_MS ? warning("credentials", text, renew) : ok("credentials", text);
}

/** A program that clusters in the cloud need; `found` says which one and its version. */
export const checkTool = (tool: string, found: string | Problem): Check =>
  typeof found === "string"
    ? ok(tool, found)
    : failed(tool, found.message, found.hint ?? `Install ${tool}`, found.exitCode);

export interface ImagePresence {
  readonly base: string | undefined;
  readonly project: string | undefined;
}

/** Absent images are no fault: the next verb that needs them builds them. */
export function checkImages({ base, project }: ImagePresence): Check[] {
  return [
    ok("base image", base ?? "not built yet; create and build do it (minutes, once)"),
    ok("project image", project ?? "not built yet for this state of the tree; create and build do it"),
  ];
}

/** 0 when nothing failed; 3 when a tool is missing or can't be used, else that of the first failure. */
export function exitCodeOf(checks: readonly Check[]): ExitCode {
  const codes = checks.flatMap(({ state, exitCode }) =>
    state === "failed" && exitCode !== undefined ? [exitCode] : [],
  );
  return codes.includes(ExitCode.toolMissing) ? ExitCode.toolMissing : (codes[0] ?? ExitCode.ok);
}
