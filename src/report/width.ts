import { stripVTControlCharacters } from "node:util";
// string-width, which would do as well, takes 65 ms to load: more than all else that prints a line.
import measure from "fast-string-truncated-width";

const ELLIPSIS = { ellipsis: "…", ellipsisWidth: 1 };

/** The text cut to so many columns, with "…" where something is left out; wide characters count as two. */
export function truncate(text: string, columns: number): string {
  const { index, truncated } = measure(text, { ...ELLIPSIS, limit: Math.max(columns, 0) });
  if (!truncated) return text;
  return columns < 1 ? "" : `${text.slice(0, index)}…`;
}

/** The text with spaces after it up to so many columns. */
export const padColumns = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - measure(text).width));

/** A tool's line as it may stand in one row: no colours, tabs or cursor movements of its own. */
export const flatten = (text: string): string => stripVTControlCharacters(text).replace(/\p{Cc}+/gu, " ");
