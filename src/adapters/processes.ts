import { run } from "../exec/run.js";

export function send(signal: "SIGINT" | "SIGKILL", pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

/** Ends a whole group at once, such as what a program that was killed has left of its children. */
export const killGroup = (pid: number): void => send("SIGKILL", -pid);

interface RunningProcess {
  readonly pid: number;
  readonly group: number;
  /** Its argv, in one line. */
  readonly args: string;
}

/** All processes of this machine but those that have ended. */
async function runningProcesses(): Promise<readonly RunningProcess[]> {
  const { stdout } = await run({ file: "ps", args: ["-A", "-ww", "-o", "pid=,pgid=,stat=,args="] });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, group, state, args = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return state === undefined || state.startsWith("Z")
      ? []
      : [{ pid: Number(pid), group: Number(group), args }];
  });
}

/** The processes of a group that are still there, its leader among them or not, as far as they are `program`'s. */
export async function groupOf(leader: number, program: RegExp): Promise<readonly number[]> {
  const found = await runningProcesses();
  return found.filter(({ group, args }) => group === leader && program.test(args)).map(({ pid }) => pid);
}

/** The processes that have one of these texts in their argv, those that have ended and this one aside. */
export async function processesWith(texts: readonly string[]): Promise<readonly number[]> {
  const found = await runningProcesses();
  return found
    .filter(({ pid, args }) => pid !== process.pid && texts.some((text) => args.includes(text)))
    .map(({ pid }) => pid);
}
