import { describe, expect, it } from "vitest";
import { describeLoss, explainLosses, type SpotLoss } from "../../../src/plan/spot-loss.js";

const noticed: SpotLoss = {
  node: "worker-2",
  instance: "i-0123456789abcdef0",
  kind: "m7i.2xlarge, spot, eu-west-1a",
  ends: "2026-01-02T03:04:05Z",
};
const gone: SpotLoss = { ...noticed, node: "worker-3", ends: undefined };

it.each([
  ["has its notice", noticed, "spot notice: ends at 2026-01-02T03:04:05Z"],
  ["has ended", gone, "taken back by EC2 (spot)"],
])("a spot machine that %s is marked so", (_, loss, text) => {
  expect(describeLoss(loss)).toBe(text);
});

describe("behind a job", () => {
  it("nothing is said while every spot machine is there", () => {
    expect(explainLosses([], { cluster: "big", workers: 3, failed: true })).toBeUndefined();
  });

  it("the machines that go are named, and how to get others", () => {
    expect(explainLosses([noticed, gone], { cluster: "big", workers: 3, failed: false })).toBe(
      'EC2 takes back spot machines of "big": worker-2: spot notice: ends at 2026-01-02T03:04:05Z; worker-3: taken back by EC2 (spot). 1 of 3 workers are left. Bring it back to 3: pyspark-deploy repair big',
    );
  });

  it("that failed it is said that it may be for that", () => {
    expect(explainLosses([gone], { cluster: "big", workers: 3, failed: true })).toMatch(
      /2 of 3 workers are left\. If the job failed for that, submit it again\./,
    );
  });
});
