import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execaSync } from "execa";

/** An `ssh` on the PATH that counts its calls, and holds one of them before it connects or behind what it did. */
export class SshTrap {
  readonly #folder = mkdtempSync(join(tmpdir(), "psd-trap-"));

  /** @param at the call to hold, from 1 on; 0 holds none */
  constructor(at: number, when: "before" | "after") {
    const ssh = execaSync("sh", ["-c", "command -v ssh"]).stdout;
    const script = `#!/bin/bash
folder=${this.#folder}
exec 9>>"$folder/lock"; flock 9
number=$(($(cat "$folder/count" 2>/dev/null) + 1)); echo $number >"$folder/count"
exec 9>&-
hold() { touch "$folder/held"; until [ -e "$folder/released" ]; do sleep 0.1; done; }
[ $number -eq ${at} ] || exec ${ssh} "$@"
[ ${when} = after ] || hold
${ssh} "$@"
code=$?
[ ${when} = before ] || hold
exit $code
`;
    writeFileSync(join(this.#folder, "ssh"), script, { mode: 0o755 });
  }

  get env(): Record<string, string> {
    return { PATH: `${this.#folder}${delimiter}${process.env.PATH}` };
  }

  get calls(): number {
    const file = join(this.#folder, "count");
    return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  }

  get isHeld(): boolean {
    return existsSync(join(this.#folder, "held"));
  }

  release(): void {
    writeFileSync(join(this.#folder, "released"), "");
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
