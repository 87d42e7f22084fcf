import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** A real terminal, 100 × 30, with a program in it: what a person sees and types, by way of tmux. */
export class Terminal {
  readonly #socket = `psd-${randomBytes(4).toString("hex")}`;

  #tmux(...args: readonly string[]) {
    return spawnSync("tmux", ["-L", this.#socket, "-f", "/dev/null", ...args], { encoding: "utf8" });
  }

  constructor(command: string) {
    const { status, stderr } = this.#tmux("new-session", "-d", "-s", "t", "-x", "100", "-y", "30", command);
    if (status !== 0) throw new Error(`tmux did not start: ${stderr}`);
  }

  /** Sends keys as tmux names them: text, "Enter", "C-b". */
  type(...keys: readonly string[]): void {
    this.#tmux("send-keys", "-t", "t", ...keys);
  }

  screen(): string {
    return this.#tmux("capture-pane", "-p", "-t", "t").stdout;
  }

  /** False when the program has ended. */
  running(): boolean {
    return this.#tmux("has-session", "-t", "t").status === 0;
  }

  close(): void {
    this.#tmux("kill-server");
  }
}
