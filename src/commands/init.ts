import { counted } from "../plan/units.js";
import type { InitResult } from "../workflows/init.js";
import { type CommandSpec, flag } from "./command.js";

export function formatInit({
  written,
  changed,
  job,
}: Pick<InitResult, "written" | "changed" | "job">): string {
  const count = written.length + changed.length;
  if (count === 0) return "Nothing was written.";
  return `${counted(count, "file")} written. Next: pyspark-deploy test, then: pyspark-deploy run ${job}`;
}

export const init: CommandSpec = {
  name: "init",
  summary: "make a folder with Python code a project: Dockerfile, config, first job, CI; never overwrites",
  arguments: [],
  options: [{ flags: "-y, --yes", description: "write without asking" }],
  examples: ["pyspark-deploy init", "pyspark-deploy -C my-project init --yes"],
  async run(context, _words, options) {
    const { initProject } = await import("../workflows/init.js");
    const result = await initProject(context, { yes: flag(options.yes) });
    return { json: result, text: formatInit(result) };
  },
};
