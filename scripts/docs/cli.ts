import type { CommandSpec } from "../../src/commands/command.js";
import { COMMANDS, GLOBAL_OPTIONS } from "../../src/commands/index.js";
import { EXIT_CODES } from "../../src/errors.js";

const PROGRAM = "pyspark-deploy";

/** Text in a cell of a table. */
const cell = (text: string) => text.replaceAll("|", "\\|");

function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(([name, text]) => `| \`${cell(name)}\` | ${cell(text)} |`);
  return ["", `| ${head.join(" | ")} |`, "| --- | --- |", ...lines];
}

const optionRows = (options: CommandSpec["options"]) =>
  options.map(({ flags, description }) => [flags, description] as const);

function usage({ name, arguments: args, options }: CommandSpec): string {
  const words = [PROGRAM, name, ...(options.length > 0 ? ["[options]"] : []), ...args.map((one) => one.name)];
  return words.join(" ");
}

function section(spec: CommandSpec): string[] {
  const args = spec.arguments.map(({ name, description }) => [name, description] as const);
  return [
    "",
    `## ${spec.name}`,
    "",
    `${spec.summary.charAt(0).toUpperCase()}${spec.summary.slice(1)}.`,
    "",
    "```",
    usage(spec),
    "```",
    ...table(["argument", "meaning"], args),
    ...table(["option", "meaning"], optionRows(spec.options)),
    ...(spec.exitCodes === undefined ? [] : ["", `Exit code: ${spec.exitCodes}.`]),
    "",
    "```",
    ...spec.examples,
    "```",
  ];
}

/** docs/cli.md: every verb with its usage, arguments, options and examples, from the data that the parser is made of. */
export function render(): string {
  return [
    "<!-- Generated from src/commands by `npm run docs`. -->",
    `# ${PROGRAM}`,
    "",
    "```",
    `${PROGRAM} [global options] VERB [options] [arguments]`,
    "```",
    "",
    COMMANDS.map(({ name }) => `[${name}](#${name})`).join(" · "),
    "",
    "People read standard error, programs read standard output. `--help` after a verb shows what is below.",
    "",
    "## Global options",
    ...table(["option", "meaning"], optionRows(GLOBAL_OPTIONS)),
    ...COMMANDS.flatMap(section),
    "",
    "## Exit codes",
    ...table(
      ["code", "meaning"],
      EXIT_CODES.map(({ code, meaning }) => [String(code), meaning]),
    ),
    "",
  ].join("\n");
}
