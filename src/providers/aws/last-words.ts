import {
  BOOT_LOG_FILE,
  BOOT_STATUS_FILE,
  describeBoot,
  parseBootStatus,
} from "../../adapters/boot-status.js";
import type { SshConnections } from "../../adapters/ssh/connection.js";

const LOG_LINES = 20;
const COMMAND_SECONDS = 15;

/** What a host says of how it came up: the steps and the log of its boot, and the last lines of its container. */
export async function lastWords(
  connections: Pick<SshConnections, "run">,
  host: string,
  container: string,
): Promise<string> {
  const ask = async (command: string) =>
    (await connections.run(host, `timeout ${COMMAND_SECONDS} sh -c '${command}' 2>&1`)).stdout.trim();
  // The first opens the connection that the others share; a host that can't be reached fails here.
  const status = await ask(`cat ${BOOT_STATUS_FILE}`);
  const [log, said] = await Promise.all([
    ask(`tail -n ${LOG_LINES} ${BOOT_LOG_FILE}`),
    ask(`docker logs --tail ${LOG_LINES} ${container}`),
  ]);
  const boot = parseBootStatus(status);
  return [
    ...(boot ? describeBoot(boot) : [`boot: ${status || "nothing yet"}`]),
    `-- ${BOOT_LOG_FILE}`,
    log,
    `-- docker logs ${container}`,
    said,
  ].join("\n");
}
