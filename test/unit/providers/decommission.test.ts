import { afterEach, describe, expect, it } from "vitest";
import type { Context } from "../../../src/context.js";
import type { WorkerFacts } from "../../../src/plan/scaling.js";
import { decommission } from "../../../src/providers/decommission.js";
import { type Event, Reporter } from "../../../src/report/events.js";
import { type FakeWorker, fakeMaster } from "../../support/spark-master.js";

const masters: { close(): void }[] = [];
afterEach(() => {
  for (const master of masters.splice(0)) master.close();
});

const leaving = (host: string, state: WorkerFacts["state"] = "alive"): WorkerFacts => ({
  name: `worker-${host}`,
  host,
  present: true,
  state,
  coresUsed: 0,
});

interface Run {
  readonly told: string[];
  readonly seen: string[];
}

/** Decommissions workers of a master that goes on as `tell` and `onSeen` make it. */
async function run(
  workers: FakeWorker[],
  whom: WorkerFacts[],
  then: { readonly tell?: (name: string) => void; readonly onSeen?: (text: string) => void },
  timeoutSeconds = 20,
): Promise<Run> {
  const master = await fakeMaster(workers);
  masters.push(master);
  const result: Run = { told: [], seen: [] };
  const report = new Reporter((event: Event) => {
    if (event.type !== "step.progress") return;
    result.seen.push(event.text);
    then.onSeen?.(event.text);
  });
  await decommission(
    {
      leaving: whom,
      ui: master.ui,
      timeoutSeconds,
      again: "pyspark-deploy scale x 1",
      tell: async (name) => {
        result.told.push(name);
        then.tell?.(name);
      },
    },
    { report, signal: new AbortController().signal } as Context,
  );
  return result;
}

describe("a worker that is to leave", () => {
  it("is told, and may end when its executors have ended", async () => {
    const worker: FakeWorker = { host: "1", state: "ALIVE", executors: 2 };
    const { told, seen } = await run([worker], [leaving("1")], {
      tell: () => {
        worker.state = "DECOMMISSIONED";
      },
      onSeen: () => {
        worker.executors = 0;
      },
    });
    expect(told).toEqual(["worker-1"]);
    expect(seen[0]).toBe("worker-1: 2 executors with tasks or blocks to move");
  });

  it("is not told a second time after an interrupted command, and is waited for all the same", async () => {
    const worker: FakeWorker = { host: "1", state: "DECOMMISSIONED", executors: 1 };
    const { told, seen } = await run([worker], [leaving("1", "decommissioned")], {
      onSeen: () => {
        worker.executors = 0;
      },
    });
    expect(told).toEqual([]);
    expect(seen.length).toBeGreaterThan(0);
  });

  it("is waited for while the master has not heard of it, and while it does not answer", async () => {
    const worker: FakeWorker = { host: "1", state: "ALIVE", executors: undefined };
    const { seen } = await run([worker], [leaving("1")], {
      onSeen: (text) => {
        if (text.includes("not told yet")) worker.state = "DECOMMISSIONED";
        else worker.state = "DEAD";
      },
    });
    expect([...new Set(seen)]).toEqual(["worker-1: not told yet", "worker-1: no answer"]);
  });

  it("has nothing to hand over when no daemon of it runs", async () => {
    const { told, seen } = await run([], [leaving("1", "absent")], {});
    expect([told, seen]).toEqual([[], []]);
  });

  it("ends the wait at the deadline, and the error says how to go on", async () => {
    const worker: FakeWorker = { host: "1", state: "DECOMMISSIONED", executors: 1 };
    const late = run([worker], [leaving("1", "decommissioned")], {}, 0.01);
    await expect(late).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining("worker-1: 1 executor with tasks or blocks to move"),
      hint: expect.stringContaining("pyspark-deploy scale x 1 --now"),
    });
  });
});
