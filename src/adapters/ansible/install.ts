import { join } from "node:path";
import { run } from "../../exec/run.js";
import { pythonEnvironment } from "../python-environment.js";

export interface AnsibleInstall {
  /** The ansible-playbook program. */
  readonly program: string;
  /** Of ansible-core. */
  readonly version: string;
  /** Whose it is: the user's own, or one that we keep. */
  readonly managed: boolean;
}

/** Releases of ansible-core that the tests have run on; all of them manage hosts with Python 3.9. */
const OLDEST = [2, 16];
const NEWEST = [2, 21];

/** The version in what `ansible-playbook --version` prints. */
export function parseAnsibleVersion(text: string): string | undefined {
  return /^ansible-playbook \[core (\d+\.\d+\.\d+)[^\]]*\]/.exec(text)?.[1];
}

/** Whether this ansible-core can do what we need. */
export function isFittingAnsible(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const number = major * 1000 + minor;
  const [low = 0, high = 0] = [OLDEST, NEWEST].map(([a = 0, b = 0]) => a * 1000 + b);
  return number >= low && number <= high;
}

/** Ansible refuses to start in a locale that is not UTF-8. */
export const UTF8_LOCALE = process.platform === "darwin" ? "en_US.UTF-8" : "C.UTF-8";

async function versionOf(program: string): Promise<string | undefined> {
  const result = await run({ file: program, args: ["--version"], env: { LC_ALL: UTF8_LOCALE } }).catch(
    () => undefined,
  );
  return result?.exitCode === 0 ? parseAnsibleVersion(result.stdout) : undefined;
}

/** Which Ansible will be used, without installing it. */
export async function describeAnsible(): Promise<string> {
  const own = await versionOf("ansible-playbook");
  if (own !== undefined && isFittingAnsible(own)) return `ansible-core ${own}`;
  return `one of our own${own === undefined ? "" : `, since ansible-core ${own} was not tested`}: installed on first use, in seconds`;
}

export interface AnsibleSearch {
  /** assets/ansible/requirements.txt. */
  readonly requirements: string;
  readonly cacheDirectory: string;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

/**
 * The ansible-playbook of the PATH when its version fits, else one of our own, installed on first use.
 * @throws UserError (exit code 3) when there is no fitting Python or the installation fails.
 */
export async function ensureAnsible(search: AnsibleSearch): Promise<AnsibleInstall> {
  const own = await versionOf("ansible-playbook");
  if (own !== undefined && isFittingAnsible(own))
    return { program: "ansible-playbook", version: own, managed: false };
  const bin = await pythonEnvironment({ ...search, name: "ansible" });
  const program = join(bin, "ansible-playbook");
  return { program, version: (await versionOf(program)) ?? "unknown", managed: true };
}
