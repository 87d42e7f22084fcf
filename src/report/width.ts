import { stripVTControlCharacters } from "node:util";
import sliceAnsi from "slice-ansi";
import stringWidth from "string-width";

/** The text cut to so many columns, with "…" where something is left out; wide characters count as two. */
export function truncate(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  if (columns < 1) return "";
  const cut = sliceAnsi(text, 0, columns - 1);
  // A wide character that begins in the last column is still in the slice.
  return `${stringWidth(cut) < columns ? cut : sliceAnsi(text, 0, columns - 2)}…`;
}

/** The text with spaces after it up to so many columns. */
export const padColumns = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - stringWidth(text)));

/** A tool's line as it may stand in one row: no colours, tabs or cursor movements of its own. */
export const flatten = (text: string): string => stripVTControlCharacters(text).replace(/\p{Cc}+/gu, " ");
