import sliceAnsi from "slice-ansi";
import stringWidth from "string-width";

/** The text cut to so many columns, with "…" where something is left out; wide characters count as two. */
export function truncate(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  return columns < 1 ? "" : `${sliceAnsi(text, 0, columns - 1)}…`;
}

/** The text with spaces after it up to so many columns. */
export const padColumns = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - stringWidth(text)));
