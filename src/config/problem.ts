import { basename } from "node:path";
import { ExitCode, UserError } from "../errors.js";

/** The config file as it was read. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
}

/** A mistake, and where it is. */
export interface Problem {
  /** Index in the text. */
  readonly offset: number;
  /** What is wrong, in words that need no other line. */
  readonly message: string;
  /** The likely meaning, and what a right value looks like. */
  readonly fixes: readonly string[];
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Line and column, both from 1, as editors count them. */
export function positionOf({ text }: ConfigText, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
}

/** A path as people write it: image.base.packages[0]. */
export const formatPath = (path: readonly PropertyKey[]): string =>
  path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");

/** More than this nobody reads; a mangled file has thousands. */
const SHOWN = 50;

/** @throws UserError (exit code 2) that lists the problems in the file's order, each with its fixes on a line below. */
export function failOn(source: ConfigText, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const described = problems
    .toSorted((a, b) => a.offset - b.offset)
    .slice(0, SHOWN)
    .map(({ offset, message, fixes }) => {
      const { line, column } = positionOf(source, offset);
      return [`${source.file}:${line}:${column}: ${message}`, ...fixes.map((fix) => `    ${fix}`)].join("\n");
    });
  const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [];
  throw new UserError({
    exitCode: ExitCode.usage,
    message: [
      `${basename(source.file)} has ${problems.length === 1 ? "an error" : `${problems.length} errors`}:`,
      ...described,
      ...more,
    ].join("\n"),
    hint: "Correct it, then see what applies: pyspark-deploy config (every key: docs/config.md)",
  });
}
