import { describe, expect, it } from "vitest";
import { type FleetRecord, launchAttempt, nextAttempt } from "../../../../src/plan/aws/attempts.js";
import { growthVariables, planGrowth } from "../../../../src/plan/aws/growth.js";
import { terraformVariables } from "../../../../src/plan/aws/terraform-variables.js";
import { awsPlan } from "../../../support/aws-plan.js";

const plan = awsPlan({
  config: { workers: 2, aws: { masterTypes: ["m6i.large"], workerTypes: ["m7i.xlarge"] } },
});
const first = launchAttempt(plan.attempts[0], 1, "on-demand");
const last = terraformVariables(plan, { attempt: first, publicKey: "ssh-ed25519 AAAA", userData: "b2xk" });
const fleet = (key: string, change: Partial<FleetRecord> = {}): FleetRecord => ({
  key,
  role: key.startsWith("master") ? "master" : "worker",
  market: "on-demand",
  zone: "eu-west-1b",
  types: ["m7i.xlarge"],
  count: 2,
  ...change,
});

describe("a batch of workers beside those that there are", () => {
  it("is of their types, in the master's zone, under the next key", () => {
    const { attempt, fleets } = planGrowth([fleet("master-1"), fleet("workers-1"), fleet("workers-2")], last);
    expect(attempt).toMatchObject({
      zone: "eu-west-1b",
      workerTypes: ["m7i.xlarge"],
      masterFleet: "master-1",
      workersFleet: "workers-3",
    });
    expect(Object.keys(fleets)).toEqual(["master-1", "workers-1", "workers-2"]);
  });

  it("does not take the key of a batch that was never finished, and leaves that out", () => {
    const interrupted = { fleets: { ...last.fleets, "workers-2": { ...last.fleets["workers-1"] } as never } };
    const { attempt, fleets } = planGrowth([fleet("master-1"), fleet("workers-1")], interrupted);
    expect(attempt.workersFleet).toBe("workers-3");
    expect(Object.keys(fleets)).toEqual(["master-1", "workers-1"]);
  });

  it("goes by what Terraform was asked for where the record does not say", () => {
    const { attempt, fleets } = planGrowth(undefined, last);
    expect([attempt.workersFleet, attempt.market]).toEqual(["workers-2", "on-demand"]);
    expect(fleets).toEqual(last.fleets);
  });

  it("is of spot machines where the cluster took some, also when the last were not to be had", () => {
    const spot = fleet("workers-1", { market: "spot" });
    expect(planGrowth([fleet("master-1"), spot, fleet("workers-2")], last).attempt.market).toBe("spot");
  });

  it("changes nothing of what Terraform was told but the fleets", () => {
    const growth = planGrowth(undefined, last);
    const next = growthVariables(last, growth, { attempt: growth.attempt, workers: 3, templateVersion: "2" });
    expect(next).toEqual({
      ...last,
      fleets: {
        ...last.fleets,
        "workers-2": {
          role: "worker",
          count: 3,
          instance_types: ["m7i.xlarge"],
          zone: first.zone,
          market: "on-demand",
          launch_template_version: "2",
        },
      },
    });
  });

  it("falls back to its other types under another key, and never moves the master", () => {
    const types = ["m7i.xlarge", "m6i.xlarge"];
    const { attempt } = planGrowth([fleet("master-1"), fleet("workers-1", { types })], last);
    const request = { region: "eu-west-1", attempts: [attempt] } as const;
    const tried = {
      attempt,
      master: { wanted: 1, launched: 1, errors: [] },
      workers: {
        wanted: 2,
        launched: 0,
        errors: [{ code: "InsufficientInstanceCapacity", message: "no", type: "m7i.xlarge" }],
      },
    };
    const next = nextAttempt(request, [tried]);
    expect(next.attempt).toMatchObject({
      masterFleet: "master-1",
      workersFleet: "workers-3",
      workerTypes: ["m6i.xlarge"],
    });
    const nothing = { ...tried, attempt: next.attempt, workers: { wanted: 2, launched: 0, errors: [] } };
    expect(() => nextAttempt(request, [tried, nothing])).toThrow(/AWS has no capacity for this cluster/);
  });
});
