export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** A word as a shell takes it, in quotes only where it needs them. */
export const shellWord = (word: string): string => (/^[\w./=+-]+$/.test(word) ? word : quoted(word));
