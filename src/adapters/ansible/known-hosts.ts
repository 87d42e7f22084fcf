import { existsSync, readFileSync } from "node:fs";
import writeFileAtomic from "write-file-atomic";

/**
 * Makes these keys ("ssh-ed25519 AAAA…", by host) the only ones of their hosts in a known_hosts file. Without an await in
 * between: they are in the file before anything else of this process runs.
 */
export function setHostKeys(file: string, keys: ReadonlyMap<string, string>): void {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const others = lines.filter((line) => line !== "" && !keys.has(line.split(" ")[0] ?? ""));
  const added = [...keys].map(([host, key]) => `${host} ${key}`);
  // Not flushed to the disk each time: with hundreds of hosts that would be most of the work.
  writeFileAtomic.sync(file, `${[...others, ...added].join("\n")}\n`, { mode: 0o600, fsync: false });
}
