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

/** The processes of a group that are still there, its leader among them or not, as far as they are `program`'s. */
export async function groupOf(pid: number, program: RegExp): Promise<readonly number[]> {
  const { stdout } = await run({ file: "ps", args: ["-A", "-o", "pid=,pgid=,stat=,args="] });
  return stdout.split("\n").flatMap((line) => {
    const [, process, group, state, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const isOurs = Number(group) === pid && !state?.startsWith("Z") && program.test(args ?? "");
    return isOurs ? [Number(process)] : [];
  });
}

/** The processes that have one of these texts in their argv, those that have ended and this one aside. */
export async function processesWith(texts: readonly string[]): Promise<readonly number[]> {
  const { stdout } = await run({ file: "ps", args: ["-A", "-ww", "-o", "pid=,stat=,args="] });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, state, args = ""] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const isMeant = !state?.startsWith("Z") && texts.some((text) => args.includes(text));
    return isMeant && Number(pid) !== process.pid ? [Number(pid)] : [];
  });
}
