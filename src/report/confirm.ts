import { InterruptedError } from "../errors.js";
import { inCi } from "./screen.js";

/**
 * Asks a yes-or-no question on the terminal; undefined where nobody can be asked.
 * `onEnter` is the answer that Enter alone gives.
 * @throws InterruptedError when the answer is Ctrl-C.
 */
export async function confirm(question: string, onEnter: boolean): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY || inCi(process.env)) return undefined;
  const prompts = await import("@clack/prompts");
  const answer = await prompts.confirm({ message: question, initialValue: onEnter, output: process.stderr });
  if (prompts.isCancel(answer)) throw new InterruptedError();
  return answer;
}
