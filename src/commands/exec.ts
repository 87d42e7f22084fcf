import { ExitCode, UserError } from "../errors.js";
import type { CommandSpec } from "./command.js";
import { CLUSTER_ARGUMENT } from "./shared.js";

export const exec: CommandSpec = {
  name: "exec",
  summary: "run a command in the driver container, exit with its exit code",
  arguments: [
    CLUSTER_ARGUMENT,
    { name: "[words...]", description: "after --: the command and its arguments" },
  ],
  options: [],
  examples: ["pyspark-deploy exec -- python --version", "pyspark-deploy exec local -- ls /app"],
  exitCodes: "the command's own code, once it runs",
  passThroughFrom: /^--$/,
  async run(context, words) {
    const at = words.indexOf("--");
    const argv = words.slice(at + 1);
    if (at < 0 || at > 1 || argv.length === 0) {
      throw new UserError({
        exitCode: ExitCode.usage,
        message: "No command is given.",
        hint: "Write: pyspark-deploy exec [CLUSTER] -- COMMAND [arguments…]",
      });
    }
    const { execute } = await import("../workflows/use.js");
    const { Session } = await import("../workflows/session.js");
    return { exitCode: await execute(new Session(context), at === 1 ? words[0] : undefined, argv) };
  },
};
