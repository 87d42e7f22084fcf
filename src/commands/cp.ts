import { type CommandSpec, text } from "./command.js";
import { CLUSTER_OPTION } from "./shared.js";

export const cp: CommandSpec = {
  name: "cp",
  summary: "copy files between this machine, a node (driver:/path) and S3 (s3a://bucket/key)",
  arguments: [
    { name: "<source>", description: "a path, NODE:PATH, or s3a://bucket/key", complete: "file" },
    { name: "<target>", description: "a path, NODE:PATH, or s3a://bucket/key", complete: "file" },
  ],
  options: [CLUSTER_OPTION],
  examples: [
    "pyspark-deploy cp flights.csv s3a://flights/raw/",
    "pyspark-deploy cp s3a://flights/out/part-0.parquet .",
    "pyspark-deploy cp driver:/tmp/plan.txt .",
  ],
  async run(context, [source = "", target = ""], options) {
    const { copy } = await import("../workflows/use.js");
    const { Session } = await import("../workflows/session.js");
    const copied = await copy(new Session(context), text(options.cluster), source, target);
    return { json: copied, text: copied.target };
  },
};
