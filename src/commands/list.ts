import type { ListedCluster } from "../workflows/list.js";
import { type CommandSpec, flag } from "./command.js";

const MINUTE_MS = 60_000;

/** "45 m", "7 h", "3 d": how far two times are apart. */
function span(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / MINUTE_MS));
  if (minutes < 120) return `${minutes} m`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 60 / 24)} d`;
}

/** Columns as wide as what is in them. */
export function formatList(clusters: readonly ListedCluster[], now: number): string {
  if (clusters.length === 0) return "This project has no cluster.";
  const since = (time: string | undefined) => (time === undefined ? "-" : span(now - Date.parse(time)));
  const until = (time: string | undefined) => (time === undefined ? "-" : span(Date.parse(time) - now));
  const rows = [
    ["CLUSTER", "WHERE", "STATE", "NODES", "AGE", "ENDS IN", "OWNER"],
    ...clusters.map(({ cluster, provider, region, state, nodes, created, deadline, owner = "-" }) => [
      cluster,
      region ?? provider,
      state,
      String(nodes),
      since(created),
      state === "gone" ? "-" : until(deadline),
      owner,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export const list: CommandSpec = {
  name: "list",
  summary: "the project's clusters here and on AWS, also those whose record is lost",
  arguments: [],
  options: [
    {
      flags: "--all-regions",
      description: "look into every region of the AWS account, not only those of the config",
    },
  ],
  examples: ["pyspark-deploy list", "pyspark-deploy list --all-regions --json"],
  async run(context, _words, options) {
    const { listProject } = await import("../workflows/list.js");
    const { Session } = await import("../workflows/session.js");
    const clusters = await listProject(new Session(context), { allRegions: flag(options.allRegions) });
    return { json: { clusters }, text: formatList(clusters, Date.now()) };
  },
};
