#!/usr/bin/env node
import * as nodeModule from "node:module";
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import type { CommandSpec, Options } from "./commands/command.js";
import { COMMANDS, GLOBAL_OPTIONS } from "./commands/index.js";
import { protectArguments } from "./commands/pass-through.js";
import type { Context } from "./context.js";
import { ExitCode, InterruptedError, UserError } from "./errors.js";
import { Interrupts } from "./interrupts.js";
import { confirm } from "./report/confirm.js";
import type { Renderer } from "./report/renderers.js";

// Node 22 and later have it, the oldest supported types do not.
(nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.();

const { version } = nodeModule.createRequire(import.meta.url)("../package.json") as { version: string };

interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly config?: string;
  readonly directory?: string;
}

async function rendererFor(options: GlobalOptions): Promise<Renderer> {
  const { jsonRenderer, plainRenderer } = await import("./report/renderers.js");
  const shown = { quiet: options.quiet ?? false, verbose: options.verbose ?? false };
  if (options.json) return jsonRenderer(process.stderr, shown);
  const live =
    process.stderr.isTTY && !shown.verbose && process.env.CI === undefined && process.env.TERM !== "dumb";
  if (!live) return plainRenderer(process.stderr, shown);
  const { terminalRenderer } = await import("./report/terminal.js");
  return terminalRenderer(process.stderr, shown);
}

/** Runs a verb: flags in, one workflow call, result out. */
async function runCommand(
  spec: CommandSpec,
  words: readonly string[],
  options: Options,
  global: GlobalOptions,
): Promise<number> {
  const [{ Reporter }, { observeProcesses }] = await Promise.all([
    import("./report/events.js"),
    import("./exec/run.js"),
  ]);
  const renderer = await rendererFor(global);
  const report = new Reporter(renderer.subscriber);
  observeProcesses((argv) => report.note(`$ ${argv.join(" ")}`, "debug"));
  const interrupts = new Interrupts();
  const context: Context = {
    report,
    signal: interrupts.signal,
    directory: global.directory ?? process.cwd(),
    configFile: global.config,
    env: process.env,
    version,
    // With --json standard output holds the result alone.
    stdout: global.json ? process.stderr : process.stdout,
    stderr: process.stderr,
    confirm: global.json ? async () => undefined : confirm,
    onInterrupt: (handler) => interrupts.onInterrupt(handler),
  };
  try {
    const result = await spec.run(context, words, options);
    renderer.stop();
    if (global.json && result.json !== undefined) process.stdout.write(`${JSON.stringify(result.json)}\n`);
    else if (result.text && !global.json) process.stdout.write(`${result.text}\n`);
    return result.exitCode ?? ExitCode.ok;
  } catch (error) {
    renderer.stop();
    return showError(error, global);
  } finally {
    interrupts.dispose();
  }
}

function showError(error: unknown, { json, verbose }: GlobalOptions): number {
  if (error instanceof InterruptedError) {
    process.stderr.write(`${error.message}\n`);
    return ExitCode.interrupted;
  }
  if (!(error instanceof UserError)) {
    const { stack, message } = error as Error;
    process.stderr.write(
      `${pc.red("This is a bug in pyspark-deploy")} ${version}: ${verbose ? stack : message}\n`,
    );
    process.stderr.write("Please report it with the output of the same command and --verbose.\n");
    return ExitCode.bug;
  }
  if (json) {
    const { exitCode, message, hint, output } = error;
    process.stderr.write(`${JSON.stringify({ type: "error", exitCode, message, hint, output })}\n`);
    return exitCode;
  }
  if (error.output) process.stderr.write(`${pc.dim(error.output)}\n`);
  process.stderr.write(`${pc.red("Error:")} ${error.message}\n`);
  if (error.hint) process.stderr.write(`${pc.cyan("→")} ${error.hint}\n`);
  return error.exitCode;
}

const collect = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];

function addCommand(program: Command, spec: CommandSpec, finish: (exitCode: number) => void): void {
  const command = program.command(spec.name).description(spec.summary);
  for (const { name, description } of spec.arguments) command.argument(name, description);
  for (const { flags, description, repeat } of spec.options) {
    if (repeat) command.option(flags, description, collect);
    else command.option(flags, description);
  }
  command.addHelpText("after", `\nExamples:\n${spec.examples.map((example) => `  $ ${example}`).join("\n")}`);
  command.action(async () => {
    finish(await runCommand(spec, command.args, command.opts(), program.opts<GlobalOptions>()));
  });
}

async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const program = new Command("pyspark-deploy")
    .description("Write one Dockerfile; run exactly that image on your laptop, in CI and on a Spark cluster.")
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      "\nExit codes: 0 ok, 2 usage or config, 3 a tool is missing, 4 cloud refused, 5 not ready in time, 6 state conflict,\n7 leftovers found, 10 bug, 130 interrupted; submit, run, exec and test return the job's own code.",
    );
  for (const { flags, description } of GLOBAL_OPTIONS) program.option(flags, description);
  for (const spec of COMMANDS) {
    addCommand(program, spec, (code) => {
      exitCode = code;
    });
  }
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(protectArguments(argv, COMMANDS, GLOBAL_OPTIONS), { from: "user" });
    return exitCode;
  } catch (error) {
    // Help and version end this way too; commander has printed what it has to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    throw error;
  }
}

// A reader that goes away (`| head`) must not end the work before it has cleaned up.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.exitCode = await main(process.argv.slice(2));
