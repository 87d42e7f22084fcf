/** A worker as the master lists it; one that came back is listed again under another id. */
export interface RegisteredWorker {
  readonly id: string;
  readonly host: string;
  /** ALIVE, DECOMMISSIONED, DEAD or UNKNOWN. */
  readonly state: string;
  readonly coresUsed: number;
}

/** The machine or container of a worker. */
export interface WorkerPlace {
  readonly name: string;
  /** Under which the master knows it. */
  readonly host: string;
  /** It runs, and the record knows it. */
  readonly present: boolean;
}

export interface WorkerFacts extends WorkerPlace {
  readonly state: "alive" | "decommissioned" | "absent";
  /** Cores that applications have of it. */
  readonly coresUsed: number;
}

/** How a cluster comes to have as many workers as are wanted. */
export interface ScalePlan {
  /** Nothing runs there any more, or nobody knows what does. */
  readonly lost: readonly string[];
  /** To be decommissioned, in the order in which they were chosen. */
  readonly leave: readonly WorkerFacts[];
  /** Their machine is there, and their daemon is not, or takes no work; among those that stay. */
  readonly mend: readonly string[];
  readonly keep: readonly string[];
  readonly add: number;
}

/** What the master says of the workers that there are places of. */
export function workerFacts(
  places: readonly WorkerPlace[],
  registered: readonly RegisteredWorker[],
): WorkerFacts[] {
  return places.map((place) => {
    const there = registered.filter(({ host }) => host === place.host);
    const alive = there.find(({ state }) => state === "ALIVE");
    const leaving = there.find(({ state }) => state === "DECOMMISSIONED");
    const state = alive ? "alive" : leaving ? "decommissioned" : "absent";
    return { ...place, state, coresUsed: (alive ?? leaving)?.coresUsed ?? 0 };
  });
}

/** The number in a worker's name; names are given in the order in which workers are made. */
export const workerNumber = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);

/** Who goes first: those that are on their way already, those that do nothing, then the newest. */
function goesBefore(a: WorkerFacts, b: WorkerFacts): number {
  const rank = ({ state, coresUsed }: WorkerFacts) =>
    state === "decommissioned" ? 0 : state === "absent" ? 1 : coresUsed === 0 ? 2 : 3;
  return rank(a) - rank(b) || workerNumber(b.name) - workerNumber(a.name);
}

/** Decides which workers go, which come back, and how many are to be made. */
export function planScale(workers: readonly WorkerFacts[], wanted: number): ScalePlan {
  const present = workers.filter((worker) => worker.present);
  const leave = present.toSorted(goesBefore).slice(0, Math.max(0, present.length - wanted));
  const keep = present.filter((worker) => !leave.includes(worker));
  return {
    lost: workers.filter((worker) => !worker.present).map(({ name }) => name),
    leave,
    mend: keep.filter(({ state }) => state !== "alive").map(({ name }) => name),
    keep: keep.map(({ name }) => name),
    add: Math.max(0, wanted - keep.length),
  };
}

/** True when the plan changes nothing. */
export const isSettled = ({ lost, leave, mend, add }: ScalePlan): boolean =>
  lost.length + leave.length + mend.length + add === 0;

/** The names of workers that are made, none of which was ever another's: `taken` is the highest number so far. */
export const nextNames = (taken: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `worker-${taken + index + 1}`);

/** The lowest names that are free. */
export function freeNames(taken: readonly string[], count: number): string[] {
  const candidates = nextNames(0, taken.length + count);
  return candidates.filter((name) => !taken.includes(name)).slice(0, count);
}
