import { ExitCode, UserError } from "../../errors.js";
import type { AwsClusterPlan } from "./aws-plan.js";
import { explainRefusal, type FleetError, kindOf } from "./fleet-errors.js";
import type { ZoneOffer } from "./zones.js";

/** How machines are bought: `spot` ones cost less, and AWS may take them back. */
export type Market = "on-demand" | "spot";

/** One launch of a master and its workers, in one zone. */
export interface LaunchAttempt extends ZoneOffer {
  /** Of the workers; a master is always on demand. */
  readonly market: Market;
  /** Keys of the fleets; a fleet that is complete keeps its key in the next attempt. */
  readonly masterFleet: string;
  readonly workersFleet: string;
}

/** A fleet as the record of a cluster keeps it. */
export interface FleetRecord {
  readonly key: string;
  readonly role: "master" | "worker";
  readonly market: Market;
  readonly zone: string;
  /** In order of preference. */
  readonly types: readonly string[];
  readonly count: number;
}

/** What became of one fleet. */
export interface FleetOutcome {
  readonly wanted: number;
  readonly launched: number;
  readonly errors: readonly FleetError[];
}

export interface TriedAttempt {
  readonly attempt: LaunchAttempt;
  readonly master: FleetOutcome;
  readonly workers: FleetOutcome;
}

export interface NextAttempt {
  readonly attempt: LaunchAttempt;
  /** To wait before it. */
  readonly waitSeconds: number;
  /** What went wrong and what is tried now, for people. */
  readonly says: string;
}

/** A new instance profile is visible to EC2 after many seconds, seldom more than a minute; 120 in all. */
const WAITS = [5, 10, 15, 20, 30, 40];

/** The nth launch (from 1) in a zone. */
export const launchAttempt = (offer: ZoneOffer, number: number, market: Market): LaunchAttempt => ({
  ...offer,
  market,
  masterFleet: `master-${number}`,
  workersFleet: `workers-${number}`,
});

/** The number in a fleet's key. */
export const fleetNumber = (key: string): number => Number(/\d+$/.exec(key)?.[0] ?? 0);

const isShort = ({ wanted, launched }: FleetOutcome) => launched < wanted;

interface ShortFleet {
  readonly role: "master" | "workers";
  readonly market: Market;
  readonly types: readonly string[];
  readonly outcome: FleetOutcome;
}

const shortFleets = ({ attempt, master, workers }: TriedAttempt): ShortFleet[] =>
  [
    { role: "master" as const, market: "on-demand" as const, types: attempt.masterTypes, outcome: master },
    { role: "workers" as const, market: attempt.market, types: attempt.workerTypes, outcome: workers },
  ].filter(({ outcome }) => isShort(outcome));

/** What spot lacks may be there on demand. */
const pool = (market: Market, type: string, zone: string) => `${market} ${type} ${zone}`;

/** The types and zones that had nothing left; a fleet that does not say of which type it was short, was short of all. */
function emptyPools(tried: readonly TriedAttempt[]): ReadonlySet<string> {
  const pools = tried.flatMap((one) =>
    shortFleets(one).flatMap(({ market, types, outcome }) => {
      const capacity = outcome.errors.filter(({ code, message }) => kindOf(code, message) === "capacity");
      const again = outcome.errors.some(({ code, message }) => kindOf(code, message) === "again");
      if (capacity.length === 0 && again) return [];
      const named = capacity.flatMap(({ type, zone }) =>
        type === undefined ? [] : [pool(market, type, zone ?? one.attempt.zone)],
      );
      return named.length > 0 ? named : types.map((type) => pool(market, type, one.attempt.zone));
    }),
  );
  return new Set(pools);
}

const list = (types: readonly string[]) => types.join(" or ");

/** What is said of machines that are not bought as usual. */
const bought = (market: Market) => (market === "spot" ? " (spot)" : "");

function describeShort({ attempt }: TriedAttempt, short: readonly ShortFleet[]): string {
  const parts = short.map(
    ({ role, market, types, outcome: { launched, wanted } }) =>
      `${list(types)}${bought(market)} for the ${role} (${launched} of ${wanted} launched)`,
  );
  return `AWS has no capacity in ${attempt.zone}: ${parts.join("; ")}`;
}

/** The next attempt in the same zone, which leaves the machines of a complete fleet as they are. */
const sparing = ({ attempt, master, workers }: TriedAttempt, next: LaunchAttempt): LaunchAttempt => ({
  ...next,
  ...(!isShort(master) && { masterFleet: attempt.masterFleet }),
  ...(!isShort(workers) && { workersFleet: attempt.workersFleet }),
});

/** The same again, after a wait, for what passes by itself; undefined when something else is wrong. */
function sameAgain(
  tried: readonly TriedAttempt[],
  last: TriedAttempt,
  number: number,
): NextAttempt | undefined {
  const transient = (one: TriedAttempt) =>
    shortFleets(one)
      .flatMap(({ outcome }) => outcome.errors)
      .find(({ code, message }) => kindOf(code, message) === "again");
  const cause = transient(last);
  if (!cause) return undefined;
  const before = tried.filter(transient).length - 1;
  const waitSeconds = WAITS[before];
  const what = /profile/i.test(cause.message)
    ? "The new instance profile is not visible to EC2 yet"
    : `AWS asks to wait (${cause.code})`;
  if (waitSeconds === undefined) {
    throw new UserError({
      exitCode: ExitCode.cloudRefused,
      message: `${what}, after ${WAITS.length} tries: ${cause.message}`,
      hint: "Run the command again; an existing profile (aws.instanceProfile) is visible at once.",
    });
  }
  return {
    attempt: sparing(last, launchAttempt(last.attempt, number, last.attempt.market)),
    waitSeconds,
    says: `${what}: trying the same again in ${waitSeconds} s.`,
  };
}

/**
 * What the same zone has left: other types, where only some were short; of spot workers, who had all types to choose from at
 * once, the same types on demand.
 */
function sameZone(last: TriedAttempt, empty: ReadonlySet<string>, number: number): LaunchAttempt | undefined {
  const { attempt, master, workers } = last;
  const { zone } = attempt;
  const market = isShort(workers) ? "on-demand" : attempt.market;
  const left = (types: readonly string[]) =>
    types.filter((type) => !empty.has(pool("on-demand", type, zone)));
  const masterTypes = isShort(master) ? left(attempt.masterTypes) : attempt.masterTypes;
  const workerTypes = isShort(workers) ? left(attempt.workerTypes) : attempt.workerTypes;
  if (masterTypes.length === 0 || workerTypes.length === 0) return undefined;
  return sparing(last, launchAttempt({ zone, masterTypes, workerTypes }, number, market));
}

function otherZone(
  { attempts }: Pick<AwsClusterPlan, "attempts">,
  tried: readonly TriedAttempt[],
  number: number,
): LaunchAttempt | undefined {
  const seen = new Set(tried.map(({ attempt }) => attempt.zone));
  const offer = attempts.find(({ zone }) => !seen.has(zone));
  return offer && launchAttempt(offer, number, offer.market);
}

/**
 * What to try after launches that fell short: the same again for what passes by itself, then on demand what spot lacks and
 * the next types in the same zone, then the next zone, with master and workers together.
 * @throws UserError (exit code 4) when nothing is left, or when no other launch would be allowed either.
 */
export function nextAttempt(
  plan: Pick<AwsClusterPlan, "attempts" | "region">,
  tried: readonly TriedAttempt[],
): NextAttempt {
  const last = tried.at(-1);
  const short = last ? shortFleets(last) : [];
  if (!last || short.length === 0) throw new Error("there is nothing to try again: the launch was complete");
  const refused = short
    .flatMap(({ outcome }) => outcome.errors)
    .find(({ code, message }) => ["quota", "refused"].includes(kindOf(code, message)));
  if (refused) throw explainRefusal(refused, plan.region);
  const number = 1 + Math.max(...[last.attempt.masterFleet, last.attempt.workersFleet].map(fleetNumber));
  const again = sameAgain(tried, last, number);
  if (again) return again;
  const happened = describeShort(last, short);
  const here = sameZone(last, emptyPools(tried), number);
  if (here) {
    const next = short.map(({ role, market }) => {
      const types = list(role === "master" ? here.masterTypes : here.workerTypes);
      return market === here.market || role === "master" ? types : `${types} on demand`;
    });
    return {
      attempt: here,
      waitSeconds: 0,
      says: `${happened}. Trying ${next.join(" and ")} in the same zone.`,
    };
  }
  const there = otherZone(plan, tried, number);
  if (there) {
    const says = `${happened}. Trying ${there.zone}, master and workers together: ${list(there.masterTypes)}; ${list(there.workerTypes)}${bought(there.market)}.`;
    return { attempt: there, waitSeconds: 0, says };
  }
  throw new UserError({
    exitCode: ExitCode.cloudRefused,
    message: [
      `AWS has no capacity for this cluster in ${plan.region} now. Tried:`,
      ...tried.map((one) => `  ${describeShort(one, shortFleets(one)).replace(/^AWS has /, "")}`),
    ].join("\n"),
    hint: "Name more types in aws.workerTypes and aws.masterTypes, try another region, or try again later.",
  });
}
