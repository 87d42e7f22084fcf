const FACTORS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** A size as the config takes it; the unit is not optional, because Docker and Spark disagree about what none means. */
export const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt])(?:i?b)?$/i;

/** Reads a size such as "512m" or "1.5g"; the result is in bytes, NaN for what is no size. */
export function parseBytes(text: string): number {
  const [, number, unit] = SIZE.exec(text) ?? [];
  return Math.floor(Number(number) * (FACTORS[(unit ?? "").toLowerCase()] ?? Number.NaN));
}
