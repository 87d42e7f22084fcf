import type { CommandSpec, OptionSpec } from "./command.js";

/** The spellings of options that take a value, so that the value is not mistaken for a word. */
function valuedSpellings(options: readonly OptionSpec[]): string[] {
  const valued = options.filter(({ flags }) => flags.includes("<"));
  return valued.flatMap(({ flags }) => flags.split(/[ ,]+/).filter((word) => word.startsWith("-")));
}

/** Puts a "--" before what the verb passes on unchanged, so that our own parser leaves it alone. */
export function protectArguments(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string[] {
  const globalValued = new Set(valuedSpellings(globals));
  const verbAt = argv.findIndex(
    (word, index) => !word.startsWith("-") && !globalValued.has(argv[index - 1] ?? ""),
  );
  const spec = commands.find(({ name }) => name === argv[verbAt]);
  if (!spec?.passThroughFrom) return [...argv];
  const { passThroughFrom, options } = spec;
  const valued = new Set([...globalValued, ...valuedSpellings(options)]);
  const at = argv.findIndex(
    (word, index) => index > verbAt && passThroughFrom.test(word) && !valued.has(argv[index - 1] ?? ""),
  );
  return at < 0 ? [...argv] : [...argv.slice(0, at), "--", ...argv.slice(at)];
}
