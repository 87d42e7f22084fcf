import type { ArgumentSpec, CommandSpec, Completion, OptionSpec } from "./command.js";

/** The hidden verb that the shells' completion scripts call with the words so far. */
export const COMPLETE_VERB = "__complete";

export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** What may stand at the cursor: fixed words, and what only a look at the project tells. */
export interface Suggestion {
  readonly candidates: readonly Candidate[];
  readonly sources: readonly Exclude<Completion, readonly string[]>[];
  /** The word at the cursor, to filter by. */
  readonly current: string;
  /** Stands before each value: "--cluster=" where the value is written into the option's word. */
  readonly prefix: string;
  /** Value of the last `-C`, where the line has one. */
  readonly directory: string | undefined;
}

const spellings = (option: OptionSpec) => option.flags.split(/[ ,]+/).filter((word) => word.startsWith("-"));
const takesValue = (option: OptionSpec) => /[<[]/.test(option.flags);
const HELP: OptionSpec = { flags: "-h, --help", description: "show help" };

const findOption = (options: readonly OptionSpec[], word: string) =>
  options.find((option) => spellings(option).includes(word));

/** Bash cuts "--cluster=x" into three words. */
function joinCutWords(words: readonly string[]): string[] {
  return words.filter(
    (word, index) => !(word === "=" && words[index - 1]?.startsWith("--") && index < words.length - 1),
  );
}

interface Position {
  readonly spec: CommandSpec | undefined;
  readonly positionals: readonly string[];
  /** The option whose value stands at the cursor. */
  readonly awaiting: OptionSpec | undefined;
  /** From here on the words belong to somebody else. */
  readonly passedOn: boolean;
  readonly directory: string | undefined;
}

function locate(
  before: readonly string[],
  specs: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): Position {
  let spec: CommandSpec | undefined;
  let directory: string | undefined;
  let awaiting: OptionSpec | undefined;
  const positionals: string[] = [];
  for (const word of before) {
    if (awaiting) {
      if (spellings(awaiting).includes("-C")) directory = word;
      awaiting = undefined;
    } else if (spec?.passThroughFrom?.test(word)) {
      return { spec, positionals, awaiting: undefined, passedOn: true, directory };
    } else if (word.startsWith("-")) {
      const [name = word, ...value] = word.split("=");
      const option = findOption([...(spec?.options ?? []), ...globals], name);
      if (value.length === 0) awaiting = option && takesValue(option) ? option : undefined;
      else if (option && spellings(option).includes("-C")) directory = value.join("=");
    } else if (spec) {
      positionals.push(word);
    } else {
      spec = specs.find(({ name }) => name === word);
    }
  }
  return { spec, positionals, awaiting, passedOn: false, directory };
}

/** What the argument at this place may be, and what may follow where it can be left out. */
function argumentCompletions(all: readonly ArgumentSpec[], index: number): Completion[] {
  const argument = all[Math.min(index, all.length - 1)];
  if (!argument || (index >= all.length && !argument.name.includes("..."))) return [];
  const own = argument.complete === undefined ? [] : [argument.complete];
  const mayBeLeftOut = argument.name.startsWith("[") && index < all.length - 1;
  return mayBeLeftOut ? [...own, ...argumentCompletions(all, index + 1)] : own;
}

const described = (options: readonly OptionSpec[]): Candidate[] =>
  options.flatMap((option) => {
    const long = spellings(option).find((spelling) => spelling.startsWith("--"));
    return long === undefined ? [] : [{ value: long, description: option.description }];
  });

/** What fits at the end of a command line: `words` without the program's name, the last one being at the cursor. */
export function suggest(
  words: readonly string[],
  specs: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): Suggestion {
  const joined = joinCutWords(words);
  const { spec, positionals, awaiting, passedOn, directory } = locate(joined.slice(0, -1), specs, globals);
  const typed = joined.at(-1) ?? "";
  const options = [...(spec?.options ?? []), ...globals, HELP];
  const inline = /^(--[a-z-]+=)(.*)$/s.exec(typed);
  const [prefix, current] = inline && !passedOn ? [inline[1] ?? "", inline[2] ?? ""] : ["", typed];
  const option = prefix === "" ? awaiting : findOption(options, prefix.slice(0, -1));
  const place = { current, prefix, directory };
  const of = (completions: readonly Completion[]): Suggestion => ({
    ...place,
    candidates: completions.flatMap((one) =>
      typeof one === "string" ? [] : one.map((value) => ({ value })),
    ),
    sources: completions.flatMap((one) => (typeof one === "string" ? [one] : [])),
  });
  if (passedOn) return of(["file"]);
  if (option) return of(option.complete === undefined ? [] : [option.complete]);
  if (typed.startsWith("-")) return { ...place, candidates: described(options), sources: [] };
  if (!spec) {
    const verbs = specs.map(({ name, summary }) => ({ value: name, description: summary }));
    return { ...place, candidates: verbs, sources: [] };
  }
  return of(argumentCompletions(spec.arguments, positionals.length));
}
