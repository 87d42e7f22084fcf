import type { Check } from "../plan/diagnosis.js";
import type { Colors } from "../report/screen.js";
import type { CommandSpec } from "./command.js";
import { PROFILE_ARGUMENT } from "./shared.js";

const SIGNS = { ok: ["✓", "green"], warning: ["!", "yellow"], failed: ["✗", "red"] } as const;

/** One line for each check, and under what is not right the command that mends it. */
export function formatChecks(checks: readonly Check[], colors: Colors): string {
  return checks
    .flatMap(({ check, state, text, fix }) => {
      const [sign, color] = SIGNS[state];
      const line = `${colors[color](sign)} ${colors.bold(check)}: ${text}`;
      return fix === undefined ? [line] : [line, `  ${colors.cyan("→")} ${fix}`];
    })
    .join("\n");
}

export const doctor: CommandSpec = {
  name: "doctor",
  summary: "look whether this machine and this project have what the verbs need, and say what mends it",
  arguments: [PROFILE_ARGUMENT],
  options: [],
  examples: ["pyspark-deploy doctor", "pyspark-deploy --json doctor"],
  exitCodes: "3 when a tool is missing or can't be used, else the code of the first failed check",
  async run(context, [profile]) {
    const { examine } = await import("../workflows/doctor.js");
    const { exitCodeOf } = await import("../plan/diagnosis.js");
    const { colorsFor } = await import("../report/screen.js");
    const checks = await examine(context, profile);
    const exitCode = exitCodeOf(checks);
    return {
      json: { ok: exitCode === 0, checks },
      text: formatChecks(checks, colorsFor(context.stdout, context.env)),
      exitCode,
    };
  },
};
