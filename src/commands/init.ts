import { type CommandSpec, flag } from "./command.js";

export const init: CommandSpec = {
  name: "init",
  summary: "make a folder with Python code a project: Dockerfile, config, first job, CI; never overwrites",
  arguments: [],
  options: [{ flags: "-y, --yes", description: "write without asking" }],
  examples: ["pyspark-deploy init", "pyspark-deploy -C my-project init --yes"],
  async run(context, _words, options) {
    const { initProject } = await import("../workflows/init.js");
    const result = await initProject(context, { yes: flag(options.yes) });
    const count = result.written.length + result.changed.length;
    const next = `Next: pyspark-deploy test, then: pyspark-deploy run ${result.job}`;
    return { json: result, text: count === 0 ? "Nothing was written." : `${count} files written. ${next}` };
  },
};
