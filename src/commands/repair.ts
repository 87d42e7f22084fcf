import type { CommandSpec } from "./command.js";
import { formatScaled, LEAVING_OPTIONS, leavingOptions } from "./scale.js";
import { CLUSTER_ARGUMENT } from "./shared.js";

export const repair: CommandSpec = {
  name: "repair",
  summary: "bring a cluster that lost workers back to its number of them",
  arguments: [CLUSTER_ARGUMENT],
  options: LEAVING_OPTIONS,
  examples: ["pyspark-deploy repair", "pyspark-deploy repair big"],
  async run(context, [cluster], options) {
    const leaving = leavingOptions(options);
    const { repairCluster } = await import("../workflows/scale.js");
    const { Session } = await import("../workflows/session.js");
    const repaired = await repairCluster(new Session(context), cluster, leaving);
    return { json: repaired, text: formatScaled(repaired) };
  },
};
