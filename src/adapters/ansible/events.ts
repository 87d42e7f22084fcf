import type { BootStatus } from "../boot-status.js";

/** What the role's tasks say of a host; each adds its part. */
interface TaskReport {
  /** The host's own public key: "ssh-ed25519 AAAA…". */
  readonly host_key?: string;
  readonly parity_key?: string;
  readonly boot?: BootStatus;
  /** What was changed, for people. */
  readonly done?: readonly string[];
  /** The last lines of what failed. */
  readonly lines?: readonly string[];
}

/** The start or the end of one task on one host. */
export interface AnsibleEvent {
  readonly host: string;
  readonly task: string;
  readonly phase: "start" | "ok" | "failed" | "unreachable";
  readonly changed?: boolean;
  readonly report?: TaskReport;
  /** Of a task that failed. */
  readonly message?: string;
  /** What a broken module wrote. */
  readonly output?: string;
}

/** Reads one line of assets/ansible/callback_plugins/pyspark_deploy_events.py; undefined for anything else. */
export function parseEvent(line: string): AnsibleEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const event = JSON.parse(line) as AnsibleEvent;
    return typeof event.host === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
