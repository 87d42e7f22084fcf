export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** A size for people: "1.5 GiB", "512 MiB". */
export function formatMiB(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;
}

/** "1 core", "2 cores". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** A size as the JVM and Spark read it: "1536m". */
export function jvmSize(bytes: number): string {
  return `${Math.floor(bytes / MIB)}m`;
}
