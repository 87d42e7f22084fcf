import { ExitCode, UserError } from "../errors.js";
import { type CommandSpec, flag } from "./command.js";
import { CLUSTER_ARGUMENT, describeRecord } from "./shared.js";

export const update: CommandSpec = {
  name: "update",
  summary: "put the tree's image and the config onto a running cluster; goes back when it does not come up",
  arguments: [CLUSTER_ARGUMENT],
  options: [
    {
      flags: "--drain",
      description: "wait until jobs and logins have ended; new jobs are refused meanwhile",
    },
    { flags: "--force", description: "end jobs and logins that run" },
    { flags: "--config-only", description: "leave the image: only what the config says of Spark" },
  ],
  examples: [
    "pyspark-deploy update",
    "pyspark-deploy update aws --drain",
    "pyspark-deploy update --config-only",
  ],
  async run(context, [name], options) {
    const [drain, force] = [flag(options.drain), flag(options.force)];
    if (drain && force) {
      throw new UserError({
        exitCode: ExitCode.usage,
        message: "--drain waits for what --force ends.",
        hint: "Give one of them.",
      });
    }
    const { updateCluster } = await import("../workflows/update.js");
    const { Session } = await import("../workflows/session.js");
    const how = { drain, force, configOnly: flag(options.configOnly), verb: "update" };
    const { record, changes } = await updateCluster(new Session(context), name, how);
    const { cluster } = record.identity;
    if (changes.length > 0) context.report.showWaterfall();
    return {
      json: { ...describeRecord(record), changes },
      text:
        changes.length > 0 ? `${cluster} is updated` : `${cluster} has this image and configuration already`,
    };
  },
};
