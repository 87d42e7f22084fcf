import { Command, type CommanderError } from "commander";
import type { CommandSpec, Options } from "./commands/command.js";
import { COMMANDS, GLOBAL_OPTIONS } from "./commands/index.js";
import { EXIT_CODES, ExitCode, UserError } from "./errors.js";

export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly config?: string;
  readonly directory?: string;
}

/** Called with the verb that the command line names, its words and its options. */
export type Act = (
  spec: CommandSpec,
  words: readonly string[],
  options: Options,
  global: GlobalOptions,
) => Promise<void>;

const collect = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];

const exitCodeHelp = () =>
  ["\nExit codes:", ...EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`)].join(
    "\n",
  );

function verbHelp({ examples, exitCodes }: CommandSpec): string {
  const lines = ["\nExamples:", ...examples.map((example) => `  $ ${example}`)];
  return [...lines, ...(exitCodes === undefined ? [] : [`\nExit code: ${exitCodes}.`])].join("\n");
}

function addCommand(program: Command, spec: CommandSpec, act: Act): void {
  const command = program.command(spec.name).description(spec.summary);
  for (const { name, description } of spec.arguments) command.argument(name, description);
  for (const { flags, description, repeat } of spec.options) {
    if (repeat) command.option(flags, description, collect);
    else command.option(flags, description);
  }
  command.addHelpText("after", verbHelp(spec));
  command.action(() => act(spec, command.args, command.opts(), program.opts<GlobalOptions>()));
}

/** The parser of our command lines, made from the verbs' data. */
export function buildProgram(version: string, act: Act): Command {
  const program = new Command("pyspark-deploy")
    .description("Write one Dockerfile; run exactly that image on your laptop, in CI and on a Spark cluster.")
    .version(version)
    .exitOverride()
    // Whoever runs the program says it, as `usageError` words it.
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError()
    // Names alone leave the summaries room in a narrow terminal; a verb's own help has its arguments.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText("after", exitCodeHelp());
  for (const { flags, description } of GLOBAL_OPTIONS) program.option(flags, description);
  for (const spec of COMMANDS) addCommand(program, spec, act);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/** What is wrong with a command line, as our own errors say it; the parser puts its suggestion in brackets behind. */
export function usageError({ code, message }: CommanderError, argv: readonly string[]): UserError {
  const verb = COMMANDS.find(({ name }) => argv.includes(name))?.name;
  const [problem = "", meant] = message.replace(/^error: /, "").split("\n");
  const said = code === "commander.help" ? "no command is named" : problem.replace(/\.$/, "");
  return new UserError({
    exitCode: ExitCode.usage,
    message: `${said.charAt(0).toUpperCase()}${said.slice(1)}.`,
    hint:
      meant?.replace(/^\((.*)\)$/, "$1") ??
      `See what there is: pyspark-deploy ${verb ? `${verb} ` : ""}--help`,
  });
}
