import { type CommandSpec, flag } from "./command.js";
import { CLUSTER_ARGUMENT } from "./shared.js";

export const destroy: CommandSpec = {
  name: "destroy",
  summary: "remove everything of a cluster and prove it; the local S3's data stays unless --purge",
  arguments: [CLUSTER_ARGUMENT],
  options: [
    { flags: "--purge", description: "also remove the data of the local S3 server" },
    { flags: "-y, --yes", description: "do not ask, even when a job is running" },
  ],
  examples: ["pyspark-deploy destroy", "pyspark-deploy destroy local --purge"],
  async run(context, [name], options) {
    const { destroyCluster } = await import("../workflows/destroy.js");
    const { Session } = await import("../workflows/session.js");
    const session = new Session(context);
    // Without a name only a cluster of this folder is meant, never one that somebody else's record describes.
    const cluster =
      name === undefined
        ? await session.choose(name, await session.records.names())
        : await session.existing(name, { data: true });
    const result = await destroyCluster(session, cluster, {
      purge: flag(options.purge),
      force: flag(options.yes),
    });
    const kept = result.kept.length > 0 ? `; kept: ${result.kept.join(", ")} (--purge removes it)` : "";
    context.report.note(`Looked at: ${result.looked.join("; ")}`);
    return {
      json: { cluster, ...result },
      text: `${cluster}: ${result.removed.length} objects removed, nothing left${kept}`,
    };
  },
};
