import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Slots } from "../../../src/simulator/slots.js";

describe("slots", () => {
  it("let so many pieces of work run at once, and all in the end", async () => {
    const slots = new Slots(2, new AbortController().signal);
    let [now, most] = [0, 0];
    const work = async (fails: boolean) => {
      most = Math.max(most, ++now);
      await setImmediate();
      now -= 1;
      if (fails) throw new Error("no");
    };
    const all = await Promise.allSettled([1, 2, 3, 4, 5].map((at) => slots.run(() => work(at === 2))));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
    expect(most).toBe(2);
  });

  it("start nothing more after the signal, and let what runs end", async () => {
    const stop = new AbortController();
    const slots = new Slots(1, stop.signal);
    const done: string[] = [];
    const all = ["runs", "waits"].map((name) =>
      slots.run(async () => {
        await setImmediate();
        done.push(name);
      }),
    );
    stop.abort();
    await expect(all[1]).rejects.toThrow("aborted");
    expect(done).toEqual(["runs"]);
  });
});
