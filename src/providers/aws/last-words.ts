import { z } from "zod";
import type { SshConnections } from "../../adapters/ssh/connection.js";

/** What a host's boot tells of itself: assets/templates/user-data/pyspark-deploy-boot. */
const BOOT_STATUS = "/run/pyspark-deploy/boot.json";
const BOOT_LOG = "/var/log/pyspark-deploy/boot.log";

const LOG_LINES = 20;
const COMMAND_SECONDS = 15;

const bootStatus = z.record(
  z.string(),
  z.object({ state: z.string(), detail: z.string().default(""), error: z.string().optional() }),
);
export type BootStatus = z.output<typeof bootStatus>;

/** Reads a host's boot status; undefined for what is none, such as that of a host that has not begun. */
export function parseBootStatus(text: string): BootStatus | undefined {
  try {
    return bootStatus.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function describeBoot(text: string): string {
  const status = parseBootStatus(text);
  if (!status) return `boot: ${text.trim() || "nothing yet"}`;
  return Object.entries(status)
    .map(([step, { state, detail, error }]) => {
      const more = detail === "" ? "" : ` (${detail})`;
      return `boot: ${step} ${state}${more}${error === undefined ? "" : `: ${error}`}`;
    })
    .join("\n");
}

/** What a host says of how it came up: the steps and the log of its boot, and the last lines of its container. */
export async function lastWords(
  connections: Pick<SshConnections, "run">,
  host: string,
  container: string,
): Promise<string> {
  const ask = (command: string) =>
    connections.run(host, `timeout ${COMMAND_SECONDS} sh -c '${command}' 2>&1`);
  // The first opens the connection that the others share; a host that can't be reached fails here.
  const status = await ask(`cat ${BOOT_STATUS}`);
  const [log, said] = await Promise.all([
    ask(`tail -n ${LOG_LINES} ${BOOT_LOG}`),
    ask(`docker logs --tail ${LOG_LINES} ${container}`),
  ]);
  return [
    describeBoot(status.stdout),
    `-- ${BOOT_LOG}`,
    log.stdout.trim(),
    `-- docker logs ${container}`,
    said.stdout.trim(),
  ].join("\n");
}
