import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../../errors.js";
import { run } from "../../exec/run.js";

export interface SshKeyPair {
  /** In OpenSSH's own format. */
  readonly private: string;
  /** "ssh-ed25519 AAAA…" without a comment. */
  readonly public: string;
}

/**
 * A new Ed25519 key pair.
 * @throws UserError (exit code 3) when OpenSSH is missing.
 */
export async function newKeyPair(signal?: AbortSignal): Promise<SshKeyPair> {
  const directory = await mkdtemp(join(tmpdir(), "pyspark-deploy-key-"));
  const file = join(directory, "key");
  try {
    const args = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file];
    const { exitCode, stderr } = await run({ file: "ssh-keygen", args }, { signal });
    if (exitCode !== 0) {
      throw new UserError({
        exitCode: ExitCode.toolMissing,
        message: "ssh-keygen could not make a key.",
        hint: "See what it says below, then run the command again.",
        output: stderr,
      });
    }
    const [secret, shared] = await Promise.all([readFile(file, "utf8"), readFile(`${file}.pub`, "utf8")]);
    return { private: secret, public: shared.trim() };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * What OpenSSH says of itself.
 * @throws UserError (exit code 3) when it is missing.
 */
export async function sshVersion(): Promise<string> {
  const { stderr } = await run({ file: "ssh", args: ["-V"] });
  return stderr.trim();
}
