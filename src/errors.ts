/** The exit codes of every verb; `submit`, `run`, `exec` and `test` return the job's own code instead of 0. */
export const ExitCode = {
  ok: 0,
  usage: 2,
  toolMissing: 3,
  cloudRefused: 4,
  notReady: 5,
  stateConflict: 6,
  leftovers: 7,
  bug: 10,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What each exit code means, for `--help` and docs/cli.md. */
export const EXIT_CODES: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: ExitCode.ok, meaning: "done" },
  { code: ExitCode.usage, meaning: "wrong usage, or a mistake in the config or the project" },
  { code: ExitCode.toolMissing, meaning: "a tool is missing or can't be used, such as the Docker engine" },
  { code: ExitCode.cloudRefused, meaning: "the cloud refused: credentials, permission, quota, capacity" },
  { code: ExitCode.notReady, meaning: "not ready in time, or out of disk" },
  { code: ExitCode.stateConflict, meaning: "another command or cluster is in the way" },
  { code: ExitCode.leftovers, meaning: "destroy found something that it could not remove" },
  { code: ExitCode.bug, meaning: "a bug in pyspark-deploy" },
  { code: ExitCode.interrupted, meaning: "interrupted by Ctrl-C or a signal" },
];

export interface UserErrorDetails {
  /** What the process exits with. */
  readonly exitCode: ExitCode;
  /** What happened, and what it means: one or more lines. */
  readonly message: string;
  /** The command or edit that fixes it. */
  readonly hint?: string | undefined;
  /** Output of the tool that failed, shown under the message. */
  readonly output?: string | undefined;
  readonly cause?: unknown;
}

/** A failure that the user can mend; everything else that is thrown is a bug of ours. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly output: string | undefined;

  constructor(details: UserErrorDetails) {
    super(details.message, { cause: details.cause });
    this.exitCode = details.exitCode;
    this.hint = details.hint;
    this.output = details.output;
  }
}

/** The user pressed Ctrl-C (or the process was told to end); the message says what became of the work. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  constructor(message = "Interrupted.") {
    super(message);
  }
}
