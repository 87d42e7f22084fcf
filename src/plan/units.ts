export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

const FACTORS: Record<string, number> = { "": 1, k: 1024, m: MIB, g: GIB, t: 1024 ** 4 };

/** Reads a size such as "512m" or "1.5g" (the schema has checked its form); the result is in bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)/i.exec(text);
  return Math.floor(Number(match?.[1] ?? 0) * (FACTORS[(match?.[2] ?? "").toLowerCase()] ?? 1));
}

/** A size for people: "1.5 GiB", "512 MiB". */
export function formatMiB(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`;
}

/** A size as the JVM and Spark read it: "1536m". */
export function jvmSize(bytes: number): string {
  return `${Math.floor(bytes / MIB)}m`;
}
