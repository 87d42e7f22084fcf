import { ExitCode, UserError } from "../../errors.js";
import type { WantedTypes } from "./types.js";

/** What of the wanted types a zone offers, in the same order. */
export interface ZoneOffer extends WantedTypes {
  readonly zone: string;
}

export interface ZoneRequest extends WantedTypes {
  readonly region: string;
  /** To be tried in this order; empty: any. */
  readonly zones: readonly string[];
  readonly offerings: ReadonlyMap<string, readonly string[]>;
}

/** A subnet is made in each, and each costs a failed launch before the next: more would not help. */
const MOST_ZONES = 4;

/**
 * The zones that can hold a master and its workers, best first: that with the preferred types, then that with most of them.
 * @throws UserError (exit code 4) when there is none.
 */
export function rankZones(request: ZoneRequest): readonly [ZoneOffer, ...ZoneOffer[]] {
  const { zones, offerings, masterTypes, workerTypes } = request;
  const candidates = zones.length > 0 ? zones : [...new Set([...offerings.values()].flat())].sort();
  const offered = (types: readonly string[], zone: string) =>
    types.filter((type) => offerings.get(type)?.includes(zone));
  const offers = candidates
    .map((zone) => ({
      zone,
      masterTypes: offered(masterTypes, zone),
      workerTypes: offered(workerTypes, zone),
    }))
    .filter((offer) => offer.masterTypes.length > 0 && offer.workerTypes.length > 0);
  const score = (offer: ZoneOffer) =>
    (offer.workerTypes[0] === workerTypes[0] ? 1000 : 0) +
    (offer.masterTypes[0] === masterTypes[0] ? 100 : 0) +
    offer.workerTypes.length +
    offer.masterTypes.length;
  const ranked = zones.length > 0 ? offers : offers.toSorted((a, b) => score(b) - score(a));
  const [best, ...others] = ranked.slice(0, MOST_ZONES);
  if (best) return [best, ...others];
  throw nowhere(request, candidates);
}

function nowhere(
  { region, offerings, masterTypes, workerTypes }: ZoneRequest,
  candidates: readonly string[],
) {
  const where = (types: readonly string[]) =>
    types.map((type) => `${type} (${offerings.get(type)?.toSorted().join(", ") || "nowhere"})`).join(", ");
  return new UserError({
    exitCode: ExitCode.cloudRefused,
    message: [
      `No zone of ${region}${candidates.length > 0 ? ` (${candidates.join(", ")})` : ""} offers the master and the workers together.`,
      `Master: ${where(masterTypes)}.`,
      `Workers: ${where(workerTypes)}.`,
    ].join("\n"),
    hint: "Name other types in aws.workerTypes or aws.masterTypes, or other zones.",
  });
}
