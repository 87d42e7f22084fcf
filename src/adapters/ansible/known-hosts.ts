import { existsSync, readFileSync } from "node:fs";
import writeFileAtomic from "write-file-atomic";

/**
 * Makes `key` ("ssh-ed25519 AAAA…") the only key of a host in a known_hosts file. Without an await in between: the key is
 * on disk before anything else of this process runs.
 */
export function setHostKey(file: string, host: string, key: string): void {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const others = lines.filter((line) => line !== "" && line.split(" ")[0] !== host);
  writeFileAtomic.sync(file, `${[...others, `${host} ${key}`].join("\n")}\n`, { mode: 0o600 });
}
