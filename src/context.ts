import type { InterruptHandler } from "./interrupts.js";
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
  /** Asks a yes-or-no question, to which Enter alone answers `onEnter`; undefined where nobody can be asked. */
  confirm(question: string, onEnter: boolean): Promise<boolean | undefined>;
  /** Takes Ctrl-C over until the returned function is called. */
  onInterrupt(handler: InterruptHandler): () => void;
}
