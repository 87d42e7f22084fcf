import type { BootStatus } from "../boot-status.js";
import type { AnsibleEvent } from "./events.js";
import type { AnsibleHost } from "./inventory.js";
import { setHostKeys } from "./known-hosts.js";

/** What a host says of itself when it is configured. */
export interface NodeReport {
  /** Its own ed25519 key: "ssh-ed25519 AAAA…". */
  readonly hostKey: string;
  /** Of the image that it runs, computed as for images of the laptop. */
  readonly parityKey: string;
  readonly boot: BootStatus;
  readonly changed: boolean;
  /** What was changed, for people. */
  readonly done: readonly string[];
}

export interface KnownHosts {
  readonly file: string;
  /** Under which a node's key stands in it. */
  readonly nameOf: (node: string) => string;
}

export interface ReportsRequest {
  readonly hosts: readonly AnsibleHost[];
  readonly knownHosts?: KnownHosts;
  readonly onEvent?: ((event: AnsibleEvent) => void) | undefined;
}

/** What the role has said so far, host by host, whoever ran it. */
export class NodeReports {
  readonly failures: AnsibleEvent[] = [];
  readonly #reports = new Map<string, Partial<NodeReport> & { changed: boolean }>();

  constructor(private readonly request: ReportsRequest) {}

  /** Takes events in; the host keys among them are on disk when it returns. */
  add(events: readonly AnsibleEvent[]): void {
    const { knownHosts } = this.request;
    const keys = new Map<string, string>();
    for (const event of events) {
      if (event.phase === "ok") this.#merge(event);
      else if (event.phase !== "start") this.failures.push(event);
      const hostKey = event.report?.host_key;
      if (event.phase === "ok" && hostKey !== undefined && knownHosts)
        keys.set(knownHosts.nameOf(event.host), hostKey);
      this.request.onEvent?.(event);
    }
    if (knownHosts && keys.size > 0) setHostKeys(knownHosts.file, keys);
  }

  #merge({ host, report = {}, changed = false }: AnsibleEvent): void {
    const { host_key: hostKey, parity_key: parityKey, boot, done } = report;
    const before = this.#reports.get(host);
    this.#reports.set(host, {
      ...before,
      changed: changed || (before?.changed ?? false),
      ...(hostKey !== undefined && { hostKey }),
      ...(parityKey !== undefined && { parityKey }),
      ...(boot !== undefined && { boot }),
      ...(done !== undefined && { done }),
    });
  }

  /** Those hosts that have said everything, in the order in which they were given. */
  reports(): ReadonlyMap<string, NodeReport> {
    const whole = this.request.hosts.flatMap(({ node }) => {
      const { hostKey, parityKey, boot = {}, done = [], changed = false } = this.#reports.get(node) ?? {};
      if (hostKey === undefined || parityKey === undefined) return [];
      return [[node, { hostKey, parityKey, boot, done, changed }] as const];
    });
    return new Map(whole);
  }
}
