/** One launch of a master and its workers, in one zone. */
export interface LaunchAttempt {
  readonly zone: string;
  /** In order of preference; all are offered in the zone. */
  readonly masterTypes: readonly string[];
  readonly workerTypes: readonly string[];
  /** Keys of the fleets; a fleet that is complete keeps its key in the next attempt. */
  readonly masterFleet: string;
  readonly workersFleet: string;
}

export interface FleetError {
  /** Of AWS, such as InsufficientInstanceCapacity. */
  readonly code: string;
  readonly message: string;
  readonly type?: string | undefined;
  readonly zone?: string | undefined;
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
