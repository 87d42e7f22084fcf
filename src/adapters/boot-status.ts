import { z } from "zod";

/** What a host's boot tells of itself: assets/templates/user-data/pyspark-deploy-boot. */
export const BOOT_STATUS_FILE = "/run/pyspark-deploy/boot.json";
export const BOOT_LOG_FILE = "/var/log/pyspark-deploy/boot.log";

const bootStatus = z.record(
  z.string(),
  z.object({
    state: z.enum(["running", "done", "failed"]),
    /** Seconds since 1970, by the host's clock. */
    started: z.number(),
    seconds: z.number(),
    detail: z.string().optional(),
    error: z.string().optional(),
  }),
);

/** The steps of a host's boot by name: disks, registry, pull. */
export type BootStatus = z.output<typeof bootStatus>;

/** Reads a host's status file; undefined for what is none, such as that of a host that has not begun. */
export function parseBootStatus(text: string): BootStatus | undefined {
  try {
    return bootStatus.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A line for each step. */
export function describeBoot(boot: BootStatus | undefined): string[] {
  return Object.entries(boot ?? {}).map(([step, { state, seconds, detail, error }]) => {
    const more = [detail, error].filter((text) => text !== undefined && text !== "").join(": ");
    return `boot ${step}: ${state} after ${seconds} s${more === "" ? "" : `, ${more}`}`;
  });
}
