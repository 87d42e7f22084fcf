import { describe, expect, it } from "vitest";
import {
  freeNames,
  isSettled,
  nextNames,
  planScale,
  type WorkerFacts,
  workerFacts,
} from "../../../src/plan/scaling.js";

/** "3", "3:idle", "3:busy", "3:leaving", "3:silent" or "3:lost". */
function worker(text: string): WorkerFacts {
  const [number = "", kind = "idle"] = text.split(":");
  const states = { leaving: "decommissioned", silent: "absent", lost: "absent" } as const;
  return {
    name: `worker-${number}`,
    host: `10.0.0.${number}`,
    present: kind !== "lost",
    state: states[kind as keyof typeof states] ?? "alive",
    coresUsed: kind === "busy" ? 2 : 0,
  };
}

const numbers = (names: readonly string[]) => names.map((name) => name.replace("worker-", "")).join(" ");

describe("to have as many workers as are wanted", () => {
  it.each`
    what                                      | workers                        | wanted | lost   | leave    | mend   | add
    ${"nothing when all are there"}           | ${["1", "2"]}                  | ${2}   | ${""}  | ${""}    | ${""}  | ${0}
    ${"what is missing is made"}              | ${["1", "2"]}                  | ${4}   | ${""}  | ${""}    | ${""}  | ${2}
    ${"the newest goes"}                      | ${["1", "2", "10"]}            | ${2}   | ${""}  | ${"10"}  | ${""}  | ${0}
    ${"an idle one goes before the newest"}   | ${["1", "2:idle", "3:busy"]}   | ${2}   | ${""}  | ${"2"}   | ${""}  | ${0}
    ${"of the busy ones the newest goes"}     | ${["1:busy", "2:busy", "3"]}   | ${1}   | ${""}  | ${"3 2"} | ${""}  | ${0}
    ${"who is leaving goes before the idle"}  | ${["1:leaving", "2", "3"]}     | ${2}   | ${""}  | ${"1"}   | ${""}  | ${0}
    ${"who does not answer goes, too"}        | ${["1:silent", "2", "3:busy"]} | ${2}   | ${""}  | ${"1"}   | ${""}  | ${0}
    ${"a lost one is made again"}             | ${["1", "2:lost", "3"]}        | ${3}   | ${"2"} | ${""}    | ${""}  | ${1}
    ${"a lost one is forgotten when enough"}  | ${["1", "2:lost", "3"]}        | ${2}   | ${"2"} | ${""}    | ${""}  | ${0}
    ${"a lost one does not spare another"}    | ${["1", "2:lost", "3"]}        | ${1}   | ${"2"} | ${"3"}   | ${""}  | ${0}
    ${"a silent one comes back"}              | ${["1", "2:silent"]}           | ${2}   | ${""}  | ${""}    | ${"2"} | ${0}
    ${"who was leaving comes back if needed"} | ${["1", "2:leaving"]}          | ${3}   | ${""}  | ${""}    | ${"2"} | ${1}
    ${"all of it at once"}                    | ${["1:silent", "2:lost", "3"]} | ${4}   | ${"2"} | ${""}    | ${"1"} | ${2}
  `("$what", ({ workers, wanted, lost, leave, mend, add }) => {
    const plan = planScale((workers as string[]).map(worker), wanted);
    expect({
      lost: numbers(plan.lost),
      leave: numbers(plan.leave.map(({ name }) => name)),
      mend: numbers(plan.mend),
      add: plan.add,
    }).toEqual({ lost, leave, mend, add });
    expect(plan.keep.length + plan.add).toBe(wanted);
    expect(isSettled(plan)).toBe(!lost && !leave && !mend && add === 0);
  });
});

describe("what the master says of a worker", () => {
  const place = { name: "worker-1", host: "10.0.0.1", present: true };
  const listed = (id: string, state: string, host = place.host) => ({ id, host, state, coresUsed: 2 });

  it.each([
    ["alive when it came back under another id", [listed("a", "DEAD"), listed("b", "ALIVE")], "alive"],
    ["decommissioned", [listed("a", "DECOMMISSIONED")], "decommissioned"],
    ["absent when it is only remembered", [listed("a", "DEAD")], "absent"],
    ["absent when it is another's", [listed("a", "ALIVE", "10.0.0.2")], "absent"],
  ])("is %s", (_, registered, state) => {
    expect(workerFacts([place], registered)).toEqual([
      { ...place, state, coresUsed: state === "absent" ? 0 : 2 },
    ]);
  });
});

describe("names of new workers", () => {
  it("go on after the highest that was ever given", () => {
    expect(nextNames(3, 2)).toEqual(["worker-4", "worker-5"]);
  });

  it("fill gaps where containers are named again", () => {
    expect(freeNames(["worker-2", "worker-4"], 3)).toEqual(["worker-1", "worker-3", "worker-5"]);
  });
});
