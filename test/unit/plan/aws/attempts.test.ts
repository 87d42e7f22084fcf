import { describe, expect, it } from "vitest";
import { type FleetOutcome, nextAttempt, type TriedAttempt } from "../../../../src/plan/aws/attempts.js";
import { kindOf } from "../../../../src/plan/aws/fleet-errors.js";

const offers = ["a", "b", "c"].map((letter, index) => ({
  zone: `eu-west-1${letter}`,
  masterTypes: ["m7i.xlarge", "m6i.xlarge"],
  workerTypes: ["m7i.2xlarge", "m6i.2xlarge"],
  market: "on-demand" as const,
  masterFleet: `master-${index + 1}`,
  workersFleet: `workers-${index + 1}`,
}));
const [first, second, third] = offers;
if (!first || !second || !third) throw new Error("three zones");
const plan = { region: "eu-west-1", attempts: [first, second, third] } as const;

const FULL: FleetOutcome = { wanted: 1, launched: 1, errors: [] };
const CAPACITY = "InsufficientInstanceCapacity";

const short = (code: string, type?: string, message = "no"): FleetOutcome => ({
  wanted: 2,
  launched: 0,
  errors: [{ code, message, type }],
});

const tried = (outcomes: Partial<TriedAttempt>): TriedAttempt => ({
  attempt: first,
  master: FULL,
  workers: { ...FULL, wanted: 2, launched: 2 },
  ...outcomes,
});

describe("after a launch that fell short", () => {
  it("tries the other types in the same zone, and leaves the master that runs", () => {
    const next = nextAttempt(plan, [tried({ workers: short(CAPACITY, "m7i.2xlarge") })]);
    expect(next.attempt).toEqual({
      zone: "eu-west-1a",
      market: "on-demand",
      masterTypes: ["m7i.xlarge", "m6i.xlarge"],
      workerTypes: ["m6i.2xlarge"],
      masterFleet: "master-1",
      workersFleet: "workers-2",
    });
    expect(next.says).toBe(
      "AWS has no capacity in eu-west-1a: m7i.2xlarge or m6i.2xlarge for the workers (0 of 2 launched). Trying m6i.2xlarge in the same zone.",
    );
  });

  it("moves the master and the workers together to the next zone when no type is left", () => {
    const errors = ["m7i.2xlarge", "m6i.2xlarge"].map((type) => ({ code: CAPACITY, message: "no", type }));
    const next = nextAttempt(plan, [tried({ workers: { wanted: 2, launched: 1, errors } })]);
    expect(next.attempt).toMatchObject({
      zone: "eu-west-1b",
      masterFleet: "master-2",
      workersFleet: "workers-2",
      workerTypes: ["m7i.2xlarge", "m6i.2xlarge"],
    });
    expect(next.says).toMatch(/1 of 2 launched.*Trying eu-west-1b, master and workers together/);
  });

  it("moves too when only the master is short", () => {
    const next = nextAttempt(plan, [tried({ master: { wanted: 1, launched: 0, errors: [] } })]);
    expect(next.attempt).toMatchObject({ zone: "eu-west-1b", masterFleet: "master-2" });
    expect(next.says).toMatch(/for the master \(0 of 1 launched\)/);
  });

  it("takes a fleet that is short without a word for one without capacity", () => {
    const next = nextAttempt(plan, [tried({ workers: { wanted: 2, launched: 1, errors: [] } })]);
    expect(next.attempt.zone).toBe("eu-west-1b");
  });

  it("comes to the last type of a zone, then to the next zone", () => {
    const one = tried({ workers: short(CAPACITY, "m7i.2xlarge") });
    const two = nextAttempt(plan, [one]);
    const three = nextAttempt(plan, [
      one,
      { ...one, attempt: two.attempt, workers: short(CAPACITY, "m6i.2xlarge") },
    ]);
    expect(three.attempt).toMatchObject({
      zone: "eu-west-1b",
      masterFleet: "master-3",
      workersFleet: "workers-3",
    });
  });

  it("ends when no zone is left, and tells every try", () => {
    const all = plan.attempts.map((attempt) => tried({ attempt, workers: short(CAPACITY) }));
    expect(() => nextAttempt(plan, all)).toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: expect.stringMatching(
          /no capacity.*eu-west-1 now.*\n.*eu-west-1a.*\n.*eu-west-1b.*\n.*eu-west-1c/,
        ),
        hint: expect.stringContaining("aws.workerTypes"),
      }),
    );
  });

  it.each([
    ["Unsupported", "your requested instance type is not supported in your requested Availability Zone"],
    ["UnfulfillableCapacity", "could not be met"],
    ["InsufficientFreeAddressesInSubnet", "no addresses"],
  ])("goes on after %s", (code, message) => {
    expect(nextAttempt(plan, [tried({ workers: short(code, undefined, message) })]).attempt.zone).toBe(
      "eu-west-1b",
    );
  });
});

const INVISIBLE =
  "Value (psd-abc) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name";

describe("after an error that passes by itself", () => {
  const invisible = tried({
    master: { ...short("InvalidParameterValue", undefined, INVISIBLE), wanted: 1 },
    workers: short("InvalidParameterValue", undefined, INVISIBLE),
  });

  it("tries the very same again, later and later, for two minutes in all", () => {
    const waits = [1, 2, 3, 4, 5, 6].map(
      (count) => nextAttempt(plan, Array(count).fill(invisible)).waitSeconds,
    );
    expect(waits).toEqual([5, 10, 15, 20, 30, 40]);
    expect(waits.reduce((sum, wait) => sum + wait)).toBe(120);
  });

  it("never falls back to other types or zones", () => {
    const { attempt, says } = nextAttempt(plan, [invisible]);
    expect(attempt).toEqual({ ...first, masterFleet: "master-2", workersFleet: "workers-2" });
    expect(says).toBe("The new instance profile is not visible to EC2 yet: trying the same again in 5 s.");
  });

  it("leaves the master alone when only the workers have to wait", () => {
    const { attempt, says } = nextAttempt(plan, [tried({ workers: short("RequestLimitExceeded") })]);
    expect(attempt).toMatchObject({ masterFleet: "master-1", workersFleet: "workers-2" });
    expect(says).toMatch(/AWS asks to wait \(RequestLimitExceeded\): trying the same again/);
  });

  it("gives up after two minutes", () => {
    expect(() => nextAttempt(plan, Array(7).fill(invisible))).toThrow(
      /not visible to EC2 yet, after 6 tries/,
    );
  });

  it("still has all types when capacity runs short afterwards", () => {
    const next = nextAttempt(plan, [
      invisible,
      {
        ...tried({ workers: short(CAPACITY, "m7i.2xlarge") }),
        attempt: { ...first, masterFleet: "master-2" },
      },
    ]);
    expect(next.attempt).toMatchObject({
      zone: "eu-west-1a",
      workerTypes: ["m6i.2xlarge"],
      masterFleet: "master-2",
    });
  });
});

describe("spot workers", () => {
  const spotOffers = offers.map((offer) => ({ ...offer, market: "spot" as const }));
  const [here, there, beyond] = spotOffers;
  if (!here || !there || !beyond) throw new Error("three zones");
  const spotPlan = { region: "eu-west-1", attempts: [here, there, beyond] } as const;
  const missed = (outcomes: Partial<TriedAttempt>) => tried({ attempt: here, ...outcomes });
  const partly = { wanted: 2, launched: 1, errors: [{ code: CAPACITY, message: "no", type: "m7i.2xlarge" }] };

  it.each([
    ["that are not to be had", short(CAPACITY)],
    ["of which some were launched", partly],
    ["that are short without a word", { wanted: 2, launched: 0, errors: [] }],
    ["that cost more than on demand", short("SpotMaxPriceTooLow")],
  ])("%s are asked for on demand in the same zone, all types again, beside the same master", (_, workers) => {
    const { attempt, says } = nextAttempt(spotPlan, [missed({ workers })]);
    expect(attempt).toEqual({
      ...here,
      market: "on-demand",
      masterFleet: "master-1",
      workersFleet: "workers-2",
    });
    expect(says).toBe(
      `AWS has no capacity in eu-west-1a: m7i.2xlarge or m6i.2xlarge (spot) for the workers (${workers.launched} of 2 launched). Trying m7i.2xlarge or m6i.2xlarge on demand in the same zone.`,
    );
  });

  it("are asked for on spot again in the next zone when the first has none on demand either", () => {
    const first = missed({ workers: short(CAPACITY) });
    const second = { ...first, attempt: nextAttempt(spotPlan, [first]).attempt };
    const { attempt, says } = nextAttempt(spotPlan, [first, second]);
    expect(attempt).toMatchObject({ zone: "eu-west-1b", market: "spot", masterFleet: "master-3" });
    expect(says).toMatch(/Trying eu-west-1b, .*; m7i.2xlarge or m6i.2xlarge \(spot\)\.$/);
  });

  it("that run stay when only the master is short", () => {
    const errors = [{ code: CAPACITY, message: "no", type: "m7i.xlarge" }];
    const { attempt } = nextAttempt(spotPlan, [missed({ master: { wanted: 1, launched: 0, errors } })]);
    expect(attempt).toMatchObject({
      market: "spot",
      workersFleet: "workers-1",
      masterTypes: ["m6i.xlarge"],
      masterFleet: "master-2",
    });
  });

  it("wait as spot ones for what passes by itself", () => {
    expect(nextAttempt(spotPlan, [missed({ workers: short("RequestLimitExceeded") })])).toMatchObject({
      waitSeconds: 5,
      attempt: { market: "spot", zone: "eu-west-1a" },
    });
  });

  it("above the account's quota end the launch with the command that raises that quota", () => {
    expect(() => nextAttempt(spotPlan, [missed({ workers: short("MaxSpotInstanceCountExceeded") })])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("L-34B43A08") }),
    );
  });
});

describe("an error that no other launch would be spared", () => {
  it.each([
    [
      "VcpuLimitExceeded",
      /may not run so many machines in eu-west-1 \(VcpuLimitExceeded\)/,
      /service-quotas/,
    ],
    [
      "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
      /no role of its own for spot machines in this account yet/,
      /create-service-linked-role --aws-service-name spot\.amazonaws\.com/,
    ],
    ["UnauthorizedOperation", /AWS refused .* \(UnauthorizedOperation\)/, /iam-policy/],
    ["InvalidAMIID.NotFound", /AWS refused .* \(InvalidAMIID.NotFound\)/, /Correct what AWS says/],
  ])("%s ends the launch with what mends it", (code, says, hint) => {
    const ask = () => nextAttempt(plan, [tried({ workers: short(code) })]);
    expect(ask).toThrow(says);
    expect(ask).toThrow(expect.objectContaining({ exitCode: 4, hint: expect.stringMatching(hint) }));
  });

  it("counts before a shortage of another type", () => {
    const errors = [
      { code: CAPACITY, message: "no", type: "m7i.2xlarge" },
      { code: "VcpuLimitExceeded", message: "32", type: "m6i.2xlarge" },
    ];
    expect(() => nextAttempt(plan, [tried({ workers: { wanted: 2, launched: 0, errors } })])).toThrow(
      /so many machines/,
    );
  });
});

it.each([
  ["InsufficientInstanceCapacity", "", "capacity"],
  ["InsufficientHostCapacity", "", "capacity"],
  ["MaxSpotInstanceCountExceeded", "", "quota"],
  ["SpotMaxPriceTooLow", "", "capacity"],
  ["InstanceLimitExceeded", "", "quota"],
  ["RequestLimitExceeded", "", "again"],
  ["ThrottlingException", "", "again"],
  ["InvalidParameterValue", INVISIBLE, "again"],
  ["InvalidParameterValue", "something else", "refused"],
  ["OptInRequired", "", "refused"],
])("%s %s is %s", (code, message, kind) => {
  expect(kindOf(code, message)).toBe(kind);
});

it("a complete launch has no next one", () => {
  expect(() => nextAttempt(plan, [tried({})])).toThrow(/nothing to try again/);
});
