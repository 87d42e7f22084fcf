import { parseSeconds } from "../config/duration.js";
import { ExitCode, UserError } from "../errors.js";
import { counted } from "../plan/units.js";
import type { Scaled, ScaleOptions } from "../workflows/scale.js";
import { type CommandSpec, flag, type OptionSpec, type Options, text } from "./command.js";
import { CLUSTER_ARGUMENT } from "./shared.js";

export const LEAVING_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--timeout <duration>",
    description: "how long a worker that leaves may take to move its blocks: 10m (default), 2h",
    complete: ["10m", "30m", "2h"],
  },
  { flags: "--now", description: "end workers without waiting: Spark computes again what they had" },
];

export function leavingOptions(options: Options): ScaleOptions {
  const timeout = text(options.timeout) ?? "10m";
  const timeoutSeconds = parseSeconds(timeout);
  if (Number.isNaN(timeoutSeconds)) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `"${timeout}" is no duration.`,
      hint: "Write minutes, hours or days: --timeout 30m",
    });
  }
  return { timeoutSeconds: flag(options.now) ? 0 : timeoutSeconds };
}

/** One line for people. */
export function formatScaled({ cluster, workers, lost, left, mended, added }: Scaled): string {
  const parts = [
    ...(lost.length > 0 ? [`${lost.join(", ")} lost`] : []),
    ...(left.length > 0 ? [`${left.join(", ")} left`] : []),
    ...(mended.length > 0 ? [`${mended.join(", ")} came back`] : []),
    ...(added > 0 ? [`${added} added`] : []),
  ];
  const what = parts.length > 0 ? `: ${parts.join("; ")}` : ", as before";
  return `${cluster} has ${counted(workers, "worker")}${what}`;
}

export const scale: CommandSpec = {
  name: "scale",
  summary: "change the number of a cluster's workers while jobs run on it",
  arguments: [CLUSTER_ARGUMENT, { name: "[workers]", description: "how many it is to have" }],
  options: LEAVING_OPTIONS,
  examples: [
    "pyspark-deploy scale 4",
    "pyspark-deploy scale big 12",
    "pyspark-deploy scale big 2 --timeout 1h  # waits that long for tasks and blocks",
  ],
  async run(context, words, options) {
    const number = words.at(-1) ?? "";
    if (!/^\d+$/.test(number)) {
      throw new UserError({
        exitCode: ExitCode.usage,
        message: number === "" ? "No number of workers is given." : `"${number}" is no number of workers.`,
        hint: "Write: pyspark-deploy scale [CLUSTER] 4",
      });
    }
    const leaving = leavingOptions(options);
    const { scaleCluster } = await import("../workflows/scale.js");
    const { Session } = await import("../workflows/session.js");
    const cluster = words.length > 1 ? words[0] : undefined;
    const scaled = await scaleCluster(new Session(context), cluster, Number(number), leaving);
    return { json: scaled, text: formatScaled(scaled) };
  },
};
