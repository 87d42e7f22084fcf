import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AnsibleEvent } from "../../../../src/adapters/ansible/events.js";
import { NodeReports } from "../../../../src/adapters/ansible/reports.js";

const file = join(mkdtempSync(join(tmpdir(), "reports-")), "known_hosts");
const hosts = ["master", "worker-1"].map((node) => ({ node, variables: {} }));
const event = (host: string, report: AnsibleEvent["report"], phase: AnsibleEvent["phase"] = "ok") => ({
  host,
  task: "t",
  phase,
  ...(report && { report }),
});

describe("what nodes report", () => {
  it("is whole when a node has told its host key and its image; its key is known at once", () => {
    const reports = new NodeReports({ hosts, knownHosts: { file, nameOf: (node) => `i-${node}` } });
    reports.add([
      event("worker-1", { host_key: "ssh-ed25519 W" }),
      event("master", { host_key: "ssh-ed25519 M" }),
    ]);
    expect(readFileSync(file, "utf8")).toBe("i-worker-1 ssh-ed25519 W\ni-master ssh-ed25519 M\n");
    expect(reports.reports().size).toBe(0);
    reports.add([event("worker-1", { parity_key: "p", done: ["made x"] })]);
    expect([...reports.reports()]).toEqual([
      ["worker-1", { hostKey: "ssh-ed25519 W", parityKey: "p", boot: {}, done: ["made x"], changed: false }],
    ]);
  });

  it("of a task that failed is a failure, and no report", () => {
    const reports = new NodeReports({ hosts });
    reports.add([event("master", { host_key: "k" }), event("master", { lines: ["out of disk"] }, "failed")]);
    expect(reports.failures.map(({ host }) => host)).toEqual(["master"]);
    expect(reports.reports().size).toBe(0);
  });
});
