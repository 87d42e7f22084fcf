#!/usr/bin/env node
import * as nodeModule from "node:module";
import { CommanderError } from "commander";
import type { CommandSpec, Options } from "./commands/command.js";
import { COMPLETE_VERB } from "./commands/complete-words.js";
import { COMMANDS, GLOBAL_OPTIONS } from "./commands/index.js";
import { protectArguments } from "./commands/pass-through.js";
import type { Context } from "./context.js";
import { ExitCode, InterruptedError, UserError } from "./errors.js";
import { Interrupts } from "./interrupts.js";
import { buildProgram, type GlobalOptions, usageError } from "./program.js";
import { confirm } from "./report/confirm.js";
import type { Renderer } from "./report/renderers.js";
import { colorsFor, mayRedraw } from "./report/screen.js";

// Node 22 and later have it, the oldest supported types do not.
(nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.();

const { version } = nodeModule.createRequire(import.meta.url)("../package.json") as { version: string };

async function rendererFor(options: GlobalOptions): Promise<Renderer> {
  const { jsonRenderer, plainRenderer } = await import("./report/renderers.js");
  const colors = colorsFor(process.stderr, process.env);
  const shown = { quiet: options.quiet ?? false, verbose: options.verbose ?? false, colors };
  if (options.json) return jsonRenderer(process.stderr, shown);
  if (shown.verbose || !mayRedraw(process.stderr, process.env)) return plainRenderer(process.stderr, shown);
  const { terminalRenderer } = await import("./report/terminal.js");
  return terminalRenderer(process.stderr, shown);
}

/** The folder that the shell is in, which may have been removed under it. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: "The current folder does not exist any more.",
      hint: "Change into your project's: cd PATH; or name it: pyspark-deploy --directory PATH …",
      cause,
    });
  }
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
    directory: global.directory ?? currentDirectory(),
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

function showErrorAsJson(error: unknown): number {
  const { message, hint, output } = error as Partial<UserError>;
  const exitCode =
    error instanceof UserError
      ? error.exitCode
      : error instanceof InterruptedError
        ? ExitCode.interrupted
        : ExitCode.bug;
  process.stderr.write(`${JSON.stringify({ type: "error", exitCode, message, hint, output })}\n`);
  return exitCode;
}

function showError(error: unknown, { json, verbose }: GlobalOptions): number {
  const colors = colorsFor(process.stderr, process.env);
  if (json) return showErrorAsJson(error);
  if (error instanceof InterruptedError) {
    process.stderr.write(`${error.message}\n`);
    return ExitCode.interrupted;
  }
  if (!(error instanceof UserError)) {
    const { stack, message } = error as Error;
    process.stderr.write(
      `${colors.red("This is a bug in pyspark-deploy")} ${version}: ${verbose ? stack : message}\n`,
    );
    process.stderr.write("Please report it with the output of the same command and --verbose.\n");
    return ExitCode.bug;
  }
  if (error.output) process.stderr.write(`${colors.dim(error.output)}\n`);
  process.stderr.write(`${colors.red("Error:")} ${error.message}\n`);
  if (error.hint) process.stderr.write(`${colors.cyan("→")} ${error.hint}\n`);
  return error.exitCode;
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === COMPLETE_VERB) {
    const { completeLine } = await import("./commands/complete.js");
    const lines = await completeLine(argv.slice(1), process.cwd()).catch(() => []);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return ExitCode.ok;
  }
  let exitCode: number = ExitCode.ok;
  const program = buildProgram(version, async (...verb) => {
    exitCode = await runCommand(...verb);
  });
  const words = protectArguments(argv, COMMANDS, GLOBAL_OPTIONS);
  const own = words.slice(0, words.includes("--") ? words.indexOf("--") : undefined);
  const json = own.includes("--json");
  if (json) program.configureOutput({ writeErr: () => {} });
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof UserError) return showError(error, { json });
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end this way too, printed already.
    if (error.exitCode === 0) return ExitCode.ok;
    if (error.code === "commander.help" && !json) return ExitCode.usage;
    return showError(usageError(error, own), { json });
  }
}

// A reader that goes away (`| head`) must not end the work before it has cleaned up.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.exitCode = await main(process.argv.slice(2));
