import { ExitCode, UserError } from "../errors.js";
import { type CommandSpec, flag } from "./command.js";
import { CLUSTER_ARGUMENT } from "./shared.js";

export const destroy: CommandSpec = {
  name: "destroy",
  summary: "remove everything of a cluster and prove it; the local S3's data stays unless --purge",
  arguments: [CLUSTER_ARGUMENT],
  options: [
    { flags: "--all", description: "all clusters of the project, those without a record too; asks once" },
    { flags: "--purge", description: "also remove the data of the local S3 server" },
    { flags: "-y, --yes", description: "do not ask, even when a job is running" },
  ],
  examples: [
    "pyspark-deploy destroy",
    "pyspark-deploy destroy local --purge",
    "pyspark-deploy destroy --all --yes",
  ],
  async run(context, [name], given) {
    const { Session } = await import("../workflows/session.js");
    const options = { purge: flag(given.purge), force: flag(given.yes) };
    const keptOf = (kept: readonly string[]) =>
      kept.length > 0 ? `; kept: ${kept.join(", ")} (--purge removes it)` : "";
    if (flag(given.all)) {
      if (name !== undefined) {
        throw new UserError({
          exitCode: ExitCode.usage,
          message: `Both "${name}" and --all are given.`,
          hint: `One cluster: pyspark-deploy destroy ${name}; all of them: pyspark-deploy destroy --all`,
        });
      }
      const { destroyAll } = await import("../workflows/destroy-all.js");
      const clusters = await destroyAll(new Session(context), options);
      const names = clusters.map(({ cluster }) => cluster).join(", ");
      const text =
        clusters.length === 0
          ? "This project has no cluster."
          : `${names}: nothing left${keptOf(clusters.flatMap(({ kept }) => kept))}`;
      return { json: { clusters }, text };
    }
    const { clusterToDestroy, destroyCluster } = await import("../workflows/destroy.js");
    const session = new Session(context);
    const cluster = await clusterToDestroy(session, name);
    const result = await destroyCluster(session, cluster, options);
    context.report.note(`Looked at: ${result.looked.join("; ")}`);
    return {
      json: { cluster, ...result },
      text: `${cluster}: ${result.removed.length} objects removed, nothing left${keptOf(result.kept)}`,
    };
  },
};
