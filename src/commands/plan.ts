import { formatUsd } from "../plan/aws/price.js";
import type { Preview, PreviewNodes } from "../plan/preview.js";
import { counted, formatMiB } from "../plan/units.js";
import { type CommandSpec, text } from "./command.js";
import { PROFILE_ARGUMENT } from "./shared.js";

type Line = readonly [name: string, value: string];

function nodeLines(nodes: PreviewNodes): Line[] {
  const { role, count, type, cores, memoryBytes, market, alternatives = [] } = nodes;
  const size = [
    ...(cores === undefined ? [] : [counted(cores, "core")]),
    ...(memoryBytes === undefined ? [] : [formatMiB(memoryBytes)]),
  ].join(", ");
  const what =
    type === undefined ? `${count}${size === "" ? "" : ` × (${size})`}` : `${count} × ${type} (${size})`;
  return [
    [role, what],
    ...(alternatives.length > 0
      ? [["", `${market === "spot" ? "or" : "else"} ${alternatives.join(", ")}`] as const]
      : []),
    ...(market === "spot" ? [["", "on spot; on demand where AWS has none"] as const] : []),
  ];
}

/** "8 h", "90 min": whole hours where they are whole. */
const formatTtl = (seconds: number) =>
  seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.round(seconds / 60)} min`;

function priceLines({ perHour, untilExpiry, source, spot }: NonNullable<Preview["aws"]>["price"]): Line[] {
  const { instances, disks, addresses, total, onDemandTotal, unknown } = perHour;
  const about = unknown.length > 0 ? "at least " : "";
  return [
    ["price", `${about}${formatUsd(total)} an hour, ${about}${formatUsd(untilExpiry)} until it ends`],
    [
      "",
      `machines ${formatUsd(instances)}, disks ${formatUsd(disks)}, public addresses ${formatUsd(addresses)}`,
    ],
    ...(spot === undefined
      ? []
      : [["", `on demand: ${about}${formatUsd(onDemandTotal)} an hour; ${spot}`] as const]),
    ...(unknown.length > 0 ? [["", `not known: the price of ${unknown.join(", ")}`] as const] : []),
    ["", `prices: ${source}`],
  ];
}

function awsLines(aws: NonNullable<Preview["aws"]>): Line[] {
  const { volume } = aws;
  return [
    ["zone", `${aws.zone}${aws.otherZones.length > 0 ? `, else ${aws.otherZones.join(", ")}` : ""}`],
    [
      "disk",
      `${volume.sizeGib} GiB gp3, ${volume.throughputMibps} MiB/s, ${volume.iops} IOPS for each machine`,
    ],
    ["network", `${aws.vpc ?? "a VPC of its own"}${aws.private ? ", no public addresses" : ""}`],
    ["SSH", `from ${aws.sshFrom.join(", ")}${aws.bastion === null ? "" : `, through ${aws.bastion}`}`],
    ["S3", aws.buckets.length > 0 ? aws.buckets.join(", ") : "no buckets"],
    ["ends", `${formatTtl(aws.ttlSeconds)} after its creation`],
    ...priceLines(aws.price),
  ];
}

/** The lines that describe to people what would be created. */
export function formatPreview(preview: Preview): string {
  const { executors, driver } = preview;
  const lines: Line[] = [
    ...preview.nodes.flatMap(nodeLines),
    [
      "Spark",
      `${counted(executors.count, "executor")}, each ${counted(executors.cores, "core")} and ${formatMiB(executors.heapBytes)} of heap`,
    ],
    ...executors.why.map((why): Line => ["", why]),
    [
      "driver",
      `${formatMiB(driver.heapBytes)} of heap, ${formatMiB(driver.limitBytes)} with Python, for each job`,
    ],
    ...(preview.aws ? awsLines(preview.aws) : []),
  ];
  const place = preview.aws ? `aws, ${preview.aws.region}` : preview.provider;
  return [
    `${preview.cluster} (${place}): ${preview.changes.length > 0 ? preview.changes.join("; ") : "no changes"}`,
    ...lines.map(([name, value]) => `  ${name.padEnd(8)}${value}`),
    ...preview.warnings.map((warning) => `  ! ${warning}`),
  ].join("\n");
}

/** As `terraform plan -detailed-exitcode`: 2 tells a script that there is something to do. */
const CHANGES = 2;

export const plan: CommandSpec = {
  name: "plan",
  summary: "what create would make, how Spark would be sized and why, and what it would cost; makes nothing",
  arguments: [PROFILE_ARGUMENT],
  options: [{ flags: "--name <name>", description: "name of the cluster; by default the profile's" }],
  examples: ["pyspark-deploy plan", "pyspark-deploy plan big --json"],
  exitCodes:
    "0 when the cluster is there as the config says, 2 when there would be changes (an error of usage is 2 too, and prints no plan)",
  async run(context, [profile], options) {
    const { previewCluster } = await import("../workflows/plan.js");
    const { Session } = await import("../workflows/session.js");
    const preview = await previewCluster(new Session(context, profile), { name: text(options.name) });
    return {
      json: preview,
      text: formatPreview(preview),
      exitCode: preview.changes.length > 0 ? CHANGES : 0,
    };
  },
};
