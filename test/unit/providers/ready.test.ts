import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitForWorkers } from "../../../src/providers/ready.js";

interface Worker {
  readonly host: string;
  readonly state?: string;
  readonly cores?: number;
}

/** What Spark's master answers under /json/; undefined while it does not answer. */
let workers: readonly Worker[] | undefined;
let server: Server;

beforeAll(async () => {
  server = createServer((_, response) => {
    if (workers === undefined) return void response.writeHead(503).end("<html>");
    const list = workers.map(({ host, state = "ALIVE", cores = 2 }) => ({
      ...{ id: host, host, state, cores, memory: 1024, coresused: 0 },
    }));
    response.end(JSON.stringify({ status: "ALIVE", workers: list, activeapps: [] }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
});
afterAll(() => void server.close());

const expected = [1, 2, 3, 4, 5].map((at) => ({ node: `worker-${at}`, host: `10.0.0.${at}` }));

function wait(count: number, lastWords = async (node: string) => `${node} said this`) {
  return waitForWorkers({
    expected: expected.slice(0, count),
    cores: 2,
    memoryMiB: 1024,
    timeoutSeconds: 0,
    signal: new AbortController().signal,
    hint: (node) => `look at ${node}`,
    onWait: () => {},
    ui: async () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lastWords,
  });
}

describe("waiting for workers", () => {
  it("ends when all are ALIVE with what they were planned to have", async () => {
    workers = [{ host: "10.0.0.1" }, { host: "10.0.0.2" }, { host: "10.0.0.9", state: "DEAD" }];
    expect(await wait(2)).toBe(2);
  });

  it.each<[string, readonly Worker[] | undefined, number, string, string]>([
    [
      "one that is not there",
      [{ host: "10.0.0.1" }],
      2,
      "1 of 2 workers ALIVE; missing: worker-2",
      "worker-2",
    ],
    [
      "one that was there and is lost",
      [{ host: "10.0.0.1", state: "DEAD" }, { host: "10.0.0.2" }],
      2,
      "1 of 2 workers ALIVE; missing: worker-1",
      "worker-1",
    ],
    [
      "one with other cores than planned",
      [{ host: "10.0.0.1" }, { host: "10.0.0.2", cores: 1 }],
      2,
      "1 of 2 workers ALIVE; missing: worker-2; 10.0.0.2 offers 1 cores and 1024 MiB",
      "worker-2",
    ],
    ["a master that does not answer", undefined, 2, "the master does not answer yet", "master"],
  ])("names %s, with what it said last", async (_, state, count, seen, node) => {
    workers = state;
    await expect(wait(count)).rejects.toMatchObject({
      exitCode: 5,
      message: `Waited 0 s for ${count} workers to register at the master; last seen: ${seen}.`,
      hint: `look at ${node}`,
      output: `== ${node}\n${node} said this`,
    });
  });

  it("hears three of many, and tells why one can't be heard", async () => {
    workers = [];
    const lastWords = async (node: string) => {
      if (node === "worker-2") throw new Error("worker-2 can't be reached by SSH.");
      return "no words";
    };
    await expect(wait(5, lastWords)).rejects.toMatchObject({
      output:
        "== worker-1\nno words\n== worker-2\nworker-2 can't be reached by SSH.\n== worker-3\nno words\n== and 2 more",
    });
  });
});
