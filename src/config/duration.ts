const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** A duration as the config takes it; the unit is not optional. */
export const DURATION = /^(\d+(?:\.\d+)?)\s*([mhd])$/;

/** Reads a duration such as "90m", "8h" or "2d"; the result is in seconds, NaN for what is no duration. */
export function parseSeconds(text: string): number {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return Math.round(Number(number) * (SECONDS[unit ?? ""] ?? Number.NaN));
}

/** The time, ISO 8601, at which a duration that begins at `from` (Unix milliseconds) ends. */
export const endOf = (duration: string, from: number): string =>
  new Date(from + parseSeconds(duration) * 1000).toISOString();

/** Seconds since 1970 of a time in ISO 8601. */
export const epochSeconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000);
