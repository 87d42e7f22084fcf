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

/** How long a cluster lives at least: to be made takes minutes. */
const SHORTEST_LIFE = "10m";
/** And at most: what runs longer than a week was forgotten, or is no cluster for jobs. */
const LONGEST_LIFE = "7d";

/** What `aws.ttl` and `extend` take, as it stands in "expected …". */
export const LIFETIME = `a time with its unit (m, h or d), from "${SHORTEST_LIFE}" to "${LONGEST_LIFE}"`;

/** True for how long a cluster may live from now on. */
export function isLifetime(text: string): boolean {
  const seconds = parseSeconds(text);
  return seconds >= parseSeconds(SHORTEST_LIFE) && seconds <= parseSeconds(LONGEST_LIFE);
}

/** What was probably meant: a number without its unit, or a unit in words. */
export function repairLifetime(wrong: string): string {
  if (/^\d+$/.test(wrong)) return `${wrong}${Number(wrong) < 10 ? "h" : "m"}`;
  return wrong
    .trim()
    .toLowerCase()
    .replace(/^(\d+)\s*(m|h|d)[a-z]*$/, "$1$2");
}
