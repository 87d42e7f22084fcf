import { ExitCode, UserError } from "../errors.js";
import type { CommandSpec } from "./command.js";

const SHELLS = ["bash", "zsh", "fish"] as const;

export const completion: CommandSpec = {
  name: "completion",
  summary: "print the script with which a shell completes verbs, options, clusters and jobs",
  arguments: [{ name: "<shell>", description: "bash, zsh or fish", complete: SHELLS }],
  options: [],
  examples: [
    'eval "$(pyspark-deploy completion bash)"    # in ~/.bashrc',
    'eval "$(pyspark-deploy completion zsh)"    # in ~/.zshrc, after compinit',
    "pyspark-deploy completion fish > ~/.config/fish/completions/pyspark-deploy.fish",
  ],
  async run(_context, [name]) {
    const shell = SHELLS.find((known) => known === name);
    if (shell === undefined) {
      throw new UserError({
        exitCode: ExitCode.usage,
        message: `There is no completion for "${name}".`,
        hint: `There is one for: ${SHELLS.join(", ")}.`,
      });
    }
    const { completionScript } = await import("../workflows/completion.js");
    const script = completionScript(shell);
    return { json: { shell, script }, text: script };
  },
};
