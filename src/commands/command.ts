import type { Context } from "../context.js";

/** What the shell offers for a value; anything else is a fixed list of words. */
export type Completion = "cluster" | "profile" | "job" | "file" | "directory" | readonly string[];

export interface OptionSpec {
  /** As commander reads it: "--name <name>". */
  readonly flags: string;
  readonly description: string;
  /** May be given several times. */
  readonly repeat?: boolean;
  readonly complete?: Completion;
}

export interface ArgumentSpec {
  /** As commander reads it: "[cluster]", "<source>", "[arguments...]". */
  readonly name: string;
  readonly description: string;
  readonly complete?: Completion;
}

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface CommandResult {
  /** Printed on standard output with --json. */
  readonly json?: unknown;
  /** Printed on standard output for people. */
  readonly text?: string | undefined;
  /** 0 unless a job's own code is passed on. */
  readonly exitCode?: number;
}

/** A verb, as data: what it is called and takes, and one workflow call. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Command lines, each with an optional "# comment"; a test parses them all. */
  readonly examples: readonly string[];
  /** What the exit code means where it is more than the table of all verbs says. */
  readonly exitCodes?: string;
  /**
   * Everything from the first word that matches on belongs to somebody else and is passed on unchanged, dashes included.
   */
  readonly passThroughFrom?: RegExp;
  run(context: Context, words: readonly string[], options: Options): Promise<CommandResult>;
}

export const text = (value: Options[string]): string | undefined =>
  typeof value === "string" ? value : undefined;
export const flag = (value: Options[string]): boolean => value === true;
export const list = (value: Options[string]): readonly string[] => (Array.isArray(value) ? value : []);
