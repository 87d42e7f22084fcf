import { describe, expect, it } from "vitest";
import { type ContainerState, type HostAction, reconcile } from "../../../src/simulator/reconcile.js";
import type { HostState } from "../../../src/simulator/state.js";
import { instance } from "./instance.js";

const host = (more: Partial<HostState> = {}): HostState => ({
  instance: "i-0",
  address: "10.77.0.4",
  container: "host-0",
  state: "running",
  reboots: 0,
  ...more,
});

const exited = (exitCode: number): ContainerState => ({ running: false, exitCode });
const up: ContainerState = { running: true, exitCode: 0 };

interface Case {
  readonly what: string;
  readonly instances: Parameters<typeof reconcile>[0];
  readonly host: HostState;
  readonly container?: ContainerState;
  readonly action: HostAction | undefined;
}

const CASES: readonly Case[] = [
  {
    what: "a host that runs is left alone",
    instances: [instance()],
    host: host(),
    container: up,
    action: undefined,
  },
  {
    what: "a host that was powered off",
    instances: [instance()],
    host: host(),
    container: exited(130),
    action: "report-end",
  },
  {
    what: "a host that was killed",
    instances: [instance()],
    host: host(),
    container: exited(137),
    action: "report-end",
  },
  {
    what: "a host that rebooted itself",
    instances: [instance()],
    host: host(),
    container: exited(129),
    action: "start",
  },
  { what: "a host nobody looked at", instances: [instance()], host: host(), action: undefined },
  {
    what: "an instance that is shutting down",
    instances: [instance({ state: "shutting-down" })],
    host: host(),
    container: up,
    action: "remove",
  },
  { what: "an instance that is gone", instances: [], host: host(), container: up, action: "remove" },
  {
    what: "an instance that is gone while its host boots",
    instances: [],
    host: host({ state: "booting" }),
    action: undefined,
  },
  {
    what: "an instance that was stopped",
    instances: [instance({ state: "stopped" })],
    host: host(),
    container: up,
    action: "stop",
  },
  {
    what: "a stopped instance with a stopped host",
    instances: [instance({ state: "stopped" })],
    host: host({ state: "stopped" }),
    action: undefined,
  },
  {
    what: "an instance that was started again",
    instances: [instance()],
    host: host({ state: "stopped" }),
    action: "start",
  },
  {
    what: "an instance that RebootInstances named",
    instances: [instance({ reboots: 1 })],
    host: host(),
    container: up,
    action: "reboot",
  },
  {
    what: "a reboot that has been made",
    instances: [instance({ reboots: 1 })],
    host: host({ reboots: 1 }),
    container: up,
    action: undefined,
  },
  {
    what: "a host that is being changed",
    instances: [instance()],
    host: host({ state: "changing" }),
    container: exited(130),
    action: undefined,
  },
];

describe("what becomes of a host", () => {
  it.each(CASES)("$what: $action", ({ instances, host: known, container, action }) => {
    const containers = container && new Map([[known.container, container]]);
    const { boot, hosts } = reconcile(instances, [known], containers);
    expect(boot).toEqual([]);
    expect(hosts.map(({ action: done }) => done)).toEqual(action === undefined ? [] : [action]);
  });
});

describe("an instance without a host", () => {
  it.each([
    ["running", 1],
    ["stopped", 0],
    ["shutting-down", 0],
  ] as const)("that is %s: %i host boots", (state, count) => {
    expect(reconcile([instance({ state })], [], undefined).boot).toHaveLength(count);
  });
});
