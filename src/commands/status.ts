import type { CommandSpec } from "./command.js";
import { CLUSTER_ARGUMENT, formatStatus } from "./shared.js";

export const status: CommandSpec = {
  name: "status",
  summary: "clusters, their workers, cores, memory, parity key and addresses",
  arguments: [CLUSTER_ARGUMENT],
  options: [],
  examples: ["pyspark-deploy status", "pyspark-deploy status local --json"],
  async run(context, [cluster]) {
    const { clusterStatuses } = await import("../workflows/status.js");
    const { Session } = await import("../workflows/session.js");
    const clusters = await clusterStatuses(new Session(context), cluster);
    return {
      json: { clusters },
      text: clusters.map(formatStatus).join("\n") || "This project has no cluster.",
    };
  },
};
