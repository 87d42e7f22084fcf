import { type CommandSpec, flag, text } from "./command.js";
import { CLUSTER_OPTION } from "./shared.js";

export const logs: CommandSpec = {
  name: "logs",
  summary: "the log of a job (the latest by default) or of a node",
  arguments: [
    {
      name: "[target]",
      description: "a job's id, or master, worker-1, driver, s3",
      complete: ["master", "worker-1", "driver", "s3"],
    },
  ],
  options: [
    CLUSTER_OPTION,
    { flags: "-f, --follow", description: "go on as the log grows" },
    { flags: "-n, --tail <lines>", description: "only the last lines" },
  ],
  examples: [
    "pyspark-deploy logs",
    "pyspark-deploy logs worker-1 --tail 50",
    "pyspark-deploy logs master -f",
  ],
  async run(context, [target], options) {
    const { showLogs } = await import("../workflows/use.js");
    const { Session } = await import("../workflows/session.js");
    await showLogs(new Session(context), text(options.cluster), target, {
      follow: flag(options.follow),
      tail: text(options.tail),
    });
    return {};
  },
};
