import type { Reporter } from "./report/events.js";

/** What every workflow gets from the command line: where it runs, whom it tells, and when to stop. */
export interface Context {
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly directory: string;
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Called on each Ctrl-C after the first, by work that wants to know. */
  onInterrupt(handler: (count: number) => void): () => void;
}
