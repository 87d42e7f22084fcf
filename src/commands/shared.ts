import { ExitCode, UserError } from "../errors.js";
import { formatUsd } from "../plan/aws/price.js";
import { counted } from "../plan/units.js";
import type { ClusterRecord } from "../state/record.js";
import type { ClusterCost, ClusterStatus } from "../workflows/status.js";
import type { SubmitRequest } from "../workflows/submit.js";
import { type ArgumentSpec, flag, list, type OptionSpec, type Options, text } from "./command.js";

export const CLUSTER_ARGUMENT: ArgumentSpec = {
  name: "[cluster]",
  description: "the cluster; may be left out when there is only one",
  complete: "cluster",
};

export const PROFILE_ARGUMENT: ArgumentSpec = {
  name: "[profile]",
  description: 'a profile of the config, or "local"',
  complete: "profile",
};

export const CLUSTER_OPTION: OptionSpec = {
  flags: "-c, --cluster <cluster>",
  description: "the cluster, when there are several",
  complete: "cluster",
};

export const JOB_ARGUMENT: ArgumentSpec = {
  name: "[words...]",
  description: "the job's file, then its arguments, passed on unchanged",
  complete: "job",
};

/** What `submit`, `run` and others return instead of 0. */
export const JOB_EXIT_CODES = "the job's own code, once it runs";

/** A job is a Python file: what comes before it is the cluster and our options, what comes after is the job's. */
export const JOB_WORD = /\.py$/;

const LOG_LEVELS = ["error", "warn", "info", "debug"];

export const JOB_OPTIONS: readonly OptionSpec[] = [
  { flags: "--conf <key=value>", description: "a Spark property of this job; may be repeated", repeat: true },
  {
    flags: "--log-level <level>",
    description: "Spark's own messages to show: error, warn (default), info or debug",
    complete: LOG_LEVELS,
  },
  { flags: "--mount", description: "run the working tree instead of the code in the image" },
];

function parseConf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf("=");
      if (at > 0) return [entry.slice(0, at), entry.slice(at + 1)];
      throw new UserError({
        exitCode: ExitCode.usage,
        message: `--conf ${entry} has no value.`,
        hint: "Write: --conf spark.sql.shuffle.partitions=64",
      });
    }),
  );
}

function parseLogLevel(level = "warn"): string {
  if (LOG_LEVELS.includes(level)) return level;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `There is no log level "${level}".`,
    hint: `There are: ${LOG_LEVELS.join(", ")}.`,
  });
}

export interface JobWords {
  readonly cluster: string | undefined;
  readonly request: SubmitRequest;
}

/** Reads "[cluster] job.py [arguments…]". */
export function parseJobWords(words: readonly string[], options: Options): JobWords {
  const at = words.findIndex((word) => JOB_WORD.test(word));
  const script = words[at];
  if (script === undefined || at > 1) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message:
        script === undefined
          ? "No job is named: a job is a Python file, such as jobs/delays.py."
          : `Too many words before ${script}: ${words.slice(0, at).join(" ")}.`,
      hint: "Write: pyspark-deploy submit [CLUSTER] jobs/delays.py [arguments…]",
    });
  }
  return {
    cluster: at === 1 ? words[0] : undefined,
    request: {
      script,
      arguments: words.slice(at + 1),
      conf: parseConf(list(options.conf)),
      logLevel: parseLogLevel(text(options.logLevel)),
      build: flag(options.build),
      mount: flag(options.mount),
    },
  };
}

/** A cluster's record without what only the program needs. */
export function describeRecord(record: ClusterRecord) {
  const { identity, provider, image, workers, waterfall } = record;
  return {
    cluster: identity.cluster,
    clusterId: identity.clusterId,
    provider,
    workers,
    image: image.reference,
    parityKey: image.parityKey,
    waterfall,
  };
}

const shortKey = (key: string) => key.replace(/^sha256:/, "").slice(0, 12);

const formatCost = ({ perHour, soFar, unknown, spot }: ClusterCost) =>
  [
    `${formatUsd(perHour)} an hour`,
    ...(spot ? [`on demand ${formatUsd(spot.onDemandPerHour)} (${spot.says})`] : []),
    `${formatUsd(soFar)} so far`,
    ...(unknown.length > 0 ? [`without ${unknown.join(", ")}`] : []),
  ].join(", ");

/** The lines that describe a cluster to people: short ones, for a narrow terminal too. */
export function formatStatus(status: ClusterStatus): string {
  const alive = status.workers.filter((worker) => worker.alive);
  const cores = alive.reduce((sum, worker) => sum + worker.cores, 0);
  const memory = alive.reduce((sum, worker) => sum + worker.memoryMiB, 0) / 1024;
  const lines: [string, string | undefined][] = [
    ["workers", `${alive.length} of ${status.wanted} ALIVE`],
    ["repair", status.repair],
    ["cores", String(cores)],
    ["memory", `${memory.toFixed(1)} GiB for executors`],
    ["running", counted(status.applications, "application")],
    ["image", status.image],
    ["parity", shortKey(status.parityKey)],
    ["tree", status.current ? "same as the image" : "changed since the image"],
    ["region", status.region],
    ["ends", status.deadline],
    ["cost", status.cost && formatCost(status.cost)],
    ["UI", status.ui],
    ["S3", status.s3],
  ];
  const shown = lines.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name.padEnd(8)}${value}`],
  );
  const hosts = status.hosts.map(
    ({ name, place, running, notice }) =>
      `  ${name}: ${place}${running ? "" : ", not running"}${notice === undefined ? "" : `, ${notice}`}`,
  );
  return [`${status.cluster} (${status.provider}): ${status.state}`, ...shown, ...hosts].join("\n");
}
