import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { COMMANDS, GLOBAL_OPTIONS } from "../../../src/commands/index.js";
import { protectArguments } from "../../../src/commands/pass-through.js";
import { EXIT_CODES, ExitCode } from "../../../src/errors.js";
import { buildProgram, usageError } from "../../../src/program.js";

interface Parsed {
  readonly verb?: string;
  readonly printed: string;
  readonly exitCode: number;
}

/** Parses a command line without running its verb. */
async function parse(words: readonly string[]): Promise<Parsed> {
  let verb: string | undefined;
  let printed = "";
  const program = buildProgram("0.0.0", async (spec) => {
    verb = spec.name;
  });
  const output = {
    writeOut: (text: string) => (printed += text),
    writeErr: (text: string) => (printed += text),
  };
  for (const command of [program, ...program.commands]) command.configureOutput(output);
  try {
    await program.parseAsync(protectArguments(words, COMMANDS, GLOBAL_OPTIONS), { from: "user" });
    return { ...(verb !== undefined && { verb }), printed, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { printed, exitCode: 0 };
    const { message, hint, exitCode } = usageError(error, words);
    return { printed: `${message}\n${hint}`, exitCode };
  }
}

/** The words of an example, without its comment and what a shell would do with the output. */
function wordsOf(example: string): string[] {
  const line = example.replace(/ {2,}#.*$/, "").replace(/ > .*$/, "");
  const [, inner = line] = /^eval "\$\((.*)\)"$/.exec(line) ?? [];
  const [program, ...words] = inner.split(" ");
  expect(program).toBe("pyspark-deploy");
  return words;
}

describe.each(COMMANDS)("$name", (spec) => {
  it("has examples, and each is a command line that it understands", async () => {
    expect(spec.examples.length).toBeGreaterThan(0);
    for (const example of spec.examples) {
      const { verb, printed } = await parse(wordsOf(example));
      expect(verb, `${example}\n${printed}`).toBe(spec.name);
    }
  });

  it("shows its examples with --help", async () => {
    const { printed, exitCode } = await parse([spec.name, "--help"]);
    expect(exitCode).toBe(0);
    for (const example of spec.examples) expect(printed).toContain(`  $ ${example}`);
  });

  it("describes every argument and option in one line", () => {
    for (const { description } of [...spec.arguments, ...spec.options])
      expect(description).toMatch(/^[^\n]{3,}[^.]$/);
  });
});

describe("a typing error", () => {
  it.each([
    [["craete"], "Did you mean create?"],
    [["statsu"], "Did you mean status?"],
    [["doctr"], "Did you mean doctor?"],
    [["destroy", "--pruge"], "Did you mean --purge?"],
    [["submit", "--moutn", "jobs/a.py"], "Did you mean --mount?"],
    [["--jsn", "status"], "Did you mean --json?"],
  ])("%j is told what was meant", async (words, suggestion) => {
    const { printed, exitCode } = await parse(words);
    expect(printed).toContain(suggestion);
    expect(exitCode).toBe(ExitCode.usage);
  });
});

describe("a command line that can't be understood", () => {
  it.each([
    [["build", "--foo"], "Unknown option '--foo'.", "See what there is: pyspark-deploy build --help"],
    [["frobnicate"], "Unknown command 'frobnicate'.", "See what there is: pyspark-deploy --help"],
    [["cp", "a"], "Missing required argument 'target'.", "See what there is: pyspark-deploy cp --help"],
    [["--config"], "Option '--config <file>' argument missing.", "See what there is: pyspark-deploy --help"],
    [[], "No command is named.", "See what there is: pyspark-deploy --help"],
  ])("%j says what is wrong and where to look", async (words, message, hint) => {
    const { printed, exitCode } = await parse(words);
    expect(printed).toBe(`${message}\n${hint}`);
    expect(exitCode).toBe(ExitCode.usage);
  });
});

describe("exit codes", () => {
  it("are all in the table, once", () => {
    expect(EXIT_CODES.map(({ code }) => code)).toEqual(Object.values(ExitCode));
  });

  it("are all in the help", async () => {
    const { printed } = await parse(["--help"]);
    for (const { code, meaning } of EXIT_CODES)
      expect(printed).toMatch(new RegExp(`^  ${code} +${meaning}$`, "m"));
  });
});
