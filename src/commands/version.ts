import type { Versions } from "../workflows/version.js";
import type { CommandSpec } from "./command.js";

function formatVersions({ version, node, platform, docker, bases }: Versions): string {
  const lines = [
    ["pyspark-deploy", version],
    ["node", node],
    ["platform", platform],
    ["docker client", docker.client],
    ["docker engine", docker.engine],
    ["buildx", docker.buildx],
    ...bases.map(({ spark, hadoop, python, java }) => [
      "base image",
      `Spark ${spark}, Hadoop ${hadoop}, Python ${python}, JDK ${java}`,
    ]),
  ];
  return lines.map(([name, value]) => `${name}: ${value ?? "-"}`).join("\n");
}

export const version: CommandSpec = {
  name: "version",
  summary: "print the versions of this tool, of what it works with, and of the base images",
  arguments: [],
  options: [],
  examples: ["pyspark-deploy version", "pyspark-deploy version --json"],
  async run(context) {
    const { versions } = await import("../workflows/version.js");
    const found = await versions(context);
    return { json: found, text: formatVersions(found) };
  },
};
