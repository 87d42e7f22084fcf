import type { CommandSpec } from "./command.js";
import { CLUSTER_ARGUMENT } from "./shared.js";

export const login: CommandSpec = {
  name: "login",
  summary: "a shell in the driver container, ready to spark-submit; it survives your terminal (tmux)",
  arguments: [CLUSTER_ARGUMENT],
  options: [],
  examples: [
    "pyspark-deploy login",
    "pyspark-deploy login local    # detach with Ctrl-B d, come back with the same command",
  ],
  exitCodes: "the shell's own code; 0 after detaching",
  async run(context, [cluster]) {
    const { login: enter } = await import("../workflows/use.js");
    const { Session } = await import("../workflows/session.js");
    return { exitCode: await enter(new Session(context), cluster) };
  },
};
