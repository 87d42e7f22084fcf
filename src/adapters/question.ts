import { confirm, isCancel } from "@clack/prompts";
import { InterruptedError } from "../errors.js";

/** True where somebody is there to answer. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/**
 * Asks a question that yes or no answers, on the terminal.
 * @throws InterruptedError on Ctrl-C.
 */
export async function ask(message: string, signal: AbortSignal): Promise<boolean> {
  const answer = await confirm({ message, output: process.stderr, signal });
  if (isCancel(answer)) throw new InterruptedError();
  return answer;
}
