import { ExitCode, UserError } from "../errors.js";
import type { CommandSpec } from "./command.js";
import { CLUSTER_ARGUMENT } from "./shared.js";

export const extend: CommandSpec = {
  name: "extend",
  summary: "move the time at which a cluster in the cloud switches itself off",
  arguments: [
    CLUSTER_ARGUMENT,
    {
      name: "[duration]",
      description: "from now on: 90m, 1.5h, 2d; from 10m to 7d",
      complete: ["1h", "4h", "8h", "1d"],
    },
  ],
  options: [],
  examples: ["pyspark-deploy extend 4h", "pyspark-deploy extend aws 2d"],
  async run(context, words) {
    const duration = words.at(-1) ?? "";
    const { isLifetime, LIFETIME, repairLifetime } = await import("../config/duration.js");
    if (!isLifetime(duration)) {
      const repaired = repairLifetime(duration);
      throw new UserError({
        exitCode: ExitCode.usage,
        message: `${duration === "" ? "No duration is given" : `"${duration}" is no duration that a cluster can have`}: it is ${LIFETIME}.`,
        hint: `${isLifetime(repaired) ? `Did you mean ${repaired}? ` : ""}Write: pyspark-deploy extend [CLUSTER] 4h`,
      });
    }
    const { extendCluster } = await import("../workflows/extend.js");
    const { Session } = await import("../workflows/session.js");
    const cluster = words.length > 1 ? words[0] : undefined;
    const extended = await extendCluster(new Session(context), cluster, duration);
    return { json: extended, text: `${extended.cluster} switches itself off at ${extended.deadline}` };
  },
};
