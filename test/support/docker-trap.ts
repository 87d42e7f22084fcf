import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execaSync } from "execa";
import { expect } from "vitest";

export const realDocker = execaSync("sh", ["-c", "command -v docker"]).stdout;

/** A `docker` on the PATH that kills the program that calls it (kill -9) at its call number `at`: just before the call for odd numbers, while it is under way for even ones. */
export class DockerTrap {
  readonly #folder = mkdtempSync(join(tmpdir(), "psd-trap-"));

  constructor(at: number) {
    const script = `#!/bin/bash
cd ${this.#folder} || exit
exec 9>lock; flock 9
number=$(($(cat count 2>/dev/null) + 1)); echo $number > count
touch "running.$$"
flock -u 9; exec 9>&-
cd "$OLDPWD" || exit
if [ $number -eq ${at} ]; then
  kill -KILL $PPID
  [ $((number % 2)) -eq 1 ] && rm "${this.#folder}/running.$$" && exit 1
fi
${realDocker} "$@"
result=$?
rm "${this.#folder}/running.$$"
exit $result
`;
    writeFileSync(join(this.#folder, "docker"), script);
    chmodSync(join(this.#folder, "docker"), 0o755);
  }

  get env(): Record<string, string> {
    return { PATH: `${this.#folder}${delimiter}${process.env.PATH}` };
  }

  /** Calls so far. */
  get calls(): number {
    const file = join(this.#folder, "count");
    return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  }

  /** Waits until the calls that outlived the killed program have ended. */
  async settled(): Promise<void> {
    const running = () => readdirSync(this.#folder).filter((name) => name.startsWith("running."));
    await expect.poll(running, { timeout: 60_000 }).toEqual([]);
  }
}
