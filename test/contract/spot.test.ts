import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Simulator } from "../../src/simulator/simulator.js";
import type { ClusterRecord } from "../../src/state/record.js";
import type { Session } from "../../src/workflows/session.js";
import { spotLosses } from "../../src/workflows/spot.js";
import { Cloud, startApi } from "../support/simulator.js";

const CLUSTER = "c0ffee00c0ffee00";
const HOSTS = ["10.77.0.11", "10.77.0.12", "10.77.0.13", "10.77.0.14"];
const ENDS = "2026-01-02T03:04:05Z";

let simulator: Simulator;
let ids: string[];
let master: Server;
let alive: readonly string[] = [];

beforeAll(async () => {
  simulator = await startApi();
  for (const [name, value] of Object.entries(simulator.env)) vi.stubEnv(name, value);
  const cloud = new Cloud(simulator);
  const [{ subnet }, ImageId] = await Promise.all([cloud.network(), cloud.ami()]);
  const Tags = [{ Key: "pyspark-deploy:cluster-id", Value: CLUSTER }];
  const run = new RunInstancesCommand({
    ...{ MinCount: 3, MaxCount: 3, ImageId, SubnetId: subnet, InstanceType: "m5.large" },
    InstanceMarketOptions: { MarketType: "spot" },
    TagSpecifications: [{ ResourceType: "instance", Tags }],
  });
  const { Instances = [] } = await cloud.ec2.send(run);
  // The fourth has been gone for so long that nobody knows it any more.
  ids = [...Instances.map(({ InstanceId = "" }) => InstanceId), "i-0123456789abcdef0"];
  await simulator.interrupt(ids[1] ?? "", 0);
  master = createServer((_, response) => {
    const worker = { id: "w", state: "ALIVE", cores: 1, memory: 1, coresused: 0 };
    const workers = alive.map((host) => ({ ...worker, host }));
    response.end(JSON.stringify({ status: "ALIVE", workers, activeapps: [] }));
  }).listen(0, "127.0.0.1");
});
afterAll(async () => {
  master.close();
  await simulator.stop();
});

const record = (market?: "spot") =>
  ({
    identity: { cluster: "big", clusterId: CLUSTER },
    cloud: {
      region: "us-east-1",
      nodes: HOSTS.map((privateIp, index) => ({
        ...{ name: `worker-${index + 1}`, role: "worker", type: "m5.large", zone: "us-east-1a", privateIp },
        ...{ instance: ids[index], market },
      })),
    },
  }) as unknown as ClusterRecord;

const ui = () => `http://127.0.0.1:${(master.address() as AddressInfo).port}`;
const asked: string[] = [];
/** Of the hosts that run, the third has a notice. */
const session = {
  context: { signal: new AbortController().signal },
  connections: () => ({
    run: async (node: string) => {
      asked.push(node);
      return { exitCode: 0, stdout: JSON.stringify(node === "worker-3" ? { ends: ENDS } : {}), stderr: "" };
    },
  }),
} as unknown as Session;

describe("the spot machines that a cluster loses", () => {
  it("are those with a notice and those that AWS has ended, also when it has forgotten them", async () => {
    alive = [HOSTS[0] ?? ""];
    await vi.waitFor(async () => {
      const losses = await spotLosses(session, record("spot"), ui());
      expect(losses.map(({ node, ends }) => [node, ends])).toEqual([
        ["worker-2", undefined],
        ["worker-3", ENDS],
        ["worker-4", undefined],
      ]);
    });
  });

  it("are looked for only where the master has no worker any more", async () => {
    alive = [HOSTS[0] ?? "", HOSTS[2] ?? "", HOSTS[3] ?? ""];
    asked.length = 0;
    expect((await spotLosses(session, record("spot"), ui())).map(({ node }) => node)).toEqual(["worker-2"]);
    expect(asked).toEqual([]);
  });

  it("are those that AWS has ended while the master can't be reached", async () => {
    asked.length = 0;
    const losses = await spotLosses(session, record("spot"), undefined);
    expect(losses.map(({ node }) => node)).toEqual(["worker-2", "worker-4"]);
    expect(asked).toEqual([]);
  });

  it("are none where nothing is a spot machine, without a question", async () => {
    const before = (await simulator.requests()).length;
    expect(await spotLosses(session, record(), undefined)).toEqual([]);
    expect(await simulator.requests()).toHaveLength(before);
  });
});
