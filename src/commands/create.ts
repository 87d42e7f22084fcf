import { type CommandSpec, text } from "./command.js";
import { describeRecord, formatStatus, PROFILE_ARGUMENT } from "./shared.js";

export const create: CommandSpec = {
  name: "create",
  summary: "make a cluster from the project's image; ready when all workers are registered",
  arguments: [PROFILE_ARGUMENT],
  options: [{ flags: "--name <name>", description: "name of the cluster; by default the profile's" }],
  examples: ["pyspark-deploy create local", "pyspark-deploy create local --name second"],
  async run(context, [profile], options) {
    const { createCluster } = await import("../workflows/create.js");
    const { clusterStatuses } = await import("../workflows/status.js");
    const { Session } = await import("../workflows/session.js");
    const session = new Session(context, profile);
    const record = await createCluster(session, { name: text(options.name) });
    context.report.showWaterfall();
    const [status] = await clusterStatuses(session, record.identity.cluster);
    return {
      json: { ...describeRecord(record), ui: status?.ui, s3: status?.s3 },
      text: status && formatStatus(status),
    };
  },
};
