import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { executorsOf, readMaster } from "../../../src/adapters/spark-master.js";

const servers: ReturnType<typeof createServer>[] = [];

async function answering(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const worker = { id: "w", host: "worker-1", state: "ALIVE", cores: 2, coresused: 0, memory: 512 };

describe("what the master says", () => {
  it("is its workers and applications", async () => {
    const address = await answering(
      200,
      JSON.stringify({ status: "ALIVE", workers: [worker, { ...worker, state: "DEAD" }], activeapps: [] }),
    );
    const state = await readMaster(address);
    expect(state?.workers.map(({ alive }) => alive)).toEqual([true, false]);
  });

  it.each([
    ["a page of HTML, as while it starts", 200, "<!DOCTYPE html>"],
    ["an error", 500, "no"],
    ["JSON of another kind", 200, "{}"],
  ])("is nothing yet when it answers with %s", async (_, status, body) => {
    expect(await readMaster(await answering(status, body))).toBeUndefined();
  });

  it("is nothing yet when it does not listen", async () => {
    expect(await readMaster("http://127.0.0.1:1")).toBeUndefined();
  });
});

describe("what a worker says through the master", () => {
  it("is how many executors it has", async () => {
    const executors = [{ id: 0, appid: "app-1" }];
    expect(await executorsOf(await answering(200, JSON.stringify({ executors })), "worker-1")).toBe(1);
  });

  it("is nothing when it is gone", async () => {
    expect(await executorsOf(await answering(500, "no"), "worker-1")).toBeUndefined();
  });
});
