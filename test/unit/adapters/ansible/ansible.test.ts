import { describe, expect, it } from "vitest";
import { forksFor } from "../../../../src/adapters/ansible/ansible.js";
import { type AnsibleEvent, parseEvent } from "../../../../src/adapters/ansible/events.js";
import { ansibleFailure, configureFailure } from "../../../../src/adapters/ansible/failure.js";
import { renderInventory, renderVariables } from "../../../../src/adapters/ansible/inventory.js";

describe("Ansible's workers", () => {
  it.each([
    [1, 1024, 5],
    [3, 1024, 5],
    [60, 1024, 60],
    [500, 100_000, 100],
    [500, Number.POSITIVE_INFINITY, 100],
    [60, 256, 15],
    [60, 64, 1],
  ])("for %i hosts and %i open files are %i", (hosts, files, forks) => {
    expect(forksFor(hosts, files)).toBe(forks);
  });
});

describe("the lines of a run", () => {
  it.each([
    ["PLAY RECAP ****"],
    [""],
    ["{broken"],
    ['{"phase": "stats", "hosts": {}}'],
    ["[WARNING]: something"],
  ])("without an event are left out: %j", (line) => {
    expect(parseEvent(line)).toBeUndefined();
  });

  it("are events otherwise", () => {
    expect(parseEvent('{"phase": "ok", "host": "master", "task": "t", "changed": true}')).toEqual({
      phase: "ok",
      host: "master",
      task: "t",
      changed: true,
    });
  });
});

describe("variables", () => {
  it("keep braces that are no template of Ansible's", () => {
    const variables = { a: "x {{ y }}", b: ["{% z %}", 1, null, true], c: { d: "{plain}" } };
    expect(JSON.parse(renderVariables(variables))).toEqual({
      a: { __ansible_unsafe: "x {{ y }}" },
      b: [{ __ansible_unsafe: "{% z %}" }, 1, null, true],
      c: { d: "{plain}" },
    });
    const inventory = JSON.parse(renderInventory([{ node: "worker-1", variables }]));
    expect(inventory.all.hosts["worker-1"].a).toEqual({ __ansible_unsafe: "x {{ y }}" });
  });
});

const failed = (more: Partial<AnsibleEvent>): AnsibleEvent => ({
  host: "worker-1",
  task: "Ensure the cluster's containers run",
  phase: "failed",
  message: "it broke",
  ...more,
});

describe("a host that fails", () => {
  it("is named with its reason, its boot and the last lines of what failed", () => {
    const boot = {
      disks: { state: "done", started: 1, seconds: 0.4, detail: "2 disks as RAID 0" },
      pull: { state: "failed", started: 2, seconds: 61.2, detail: "", error: "denied" },
    } as const;
    const error = configureFailure([
      failed({ message: "The image can't be pulled: denied", report: { boot, lines: ["a", "b"] } }),
    ]);
    expect(error.message).toBe("worker-1: The image can't be pulled: denied");
    expect(error.output).toBe(
      [
        "worker-1: boot disks: done after 0.4 s, 2 disks as RAID 0",
        "worker-1: boot pull: failed after 61.2 s, denied",
        "worker-1: a",
        "worker-1: b",
      ].join("\n"),
    );
    expect(error.exitCode).toBe(5);
  });

  it("by a broken module shows what it wrote", () => {
    const error = configureFailure([failed({ message: "", report: {}, output: "Traceback\nKeyError: 'x'" })]);
    expect(error.message).toBe(`worker-1 ("Ensure the cluster's containers run"): KeyError: 'x'`);
    expect(error.output).toContain("worker-1: Traceback");
  });

  it.each([
    ["ssh: connect to host 10.0.0.1 port 22: Connection timed out", "Connection timed out", /SSH allowed/],
    ["ec2-user@10.0.0.1: Permission denied (publickey).", "Permission denied", /key does not fit/],
    [
      "@@@@@@\r\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\nHost key verification failed.",
      "Host key verification failed",
      /Another machine answers/,
    ],
  ])("because ssh says %j says why and what to do", (said, reason, hint) => {
    const event = failed({ phase: "unreachable", message: `Failed to connect to the host via ssh: ${said}` });
    const error = configureFailure([event]);
    expect(error.message).toMatch(/^worker-1 can't be reached by SSH: /);
    expect(error.message).toContain(reason);
    expect(error.hint).toMatch(hint);
  });

  it("among many others for one reason does not fill the screen", () => {
    const error = configureFailure(
      Array.from({ length: 40 }, (_, index) => failed({ host: `worker-${index}` })),
    );
    expect(error.message.split("\n")).toHaveLength(6);
    expect(error.message).toContain("… and 35 more hosts");
  });

  it("before any host was reached shows what Ansible said", () => {
    expect(ansibleFailure("noise\n".repeat(50)).output?.split("\n")).toHaveLength(15);
  });
});
