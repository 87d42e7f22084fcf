import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../../exec/run.js";

/** A key of the user's own. */
export interface OwnKey {
  /** "ssh-ed25519 AAAA… comment" */
  readonly public: string;
  /** The private key's file; undefined when only the agent has it. */
  readonly file: string | undefined;
}

/** Type and key of a public key's line, without the comment. */
export const keyMaterial = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(" ");

const lines = (text: string) => text.split("\n").filter((line) => line.includes(" "));

async function keysInHome(): Promise<OwnKey[]> {
  const folder = join(homedir(), ".ssh");
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".pub"));
  const found = await Promise.all(
    files.map(async (name): Promise<OwnKey[]> => {
      const file = join(folder, name.slice(0, -".pub".length));
      const text = await readFile(join(folder, name), "utf8").catch(() => "");
      return lines(text).map((line) => ({ public: line, file: existsSync(file) ? file : undefined }));
    }),
  );
  return found.flat();
}

async function keysOfAgent(agent: string | undefined): Promise<OwnKey[]> {
  if (agent === undefined) return [];
  const { exitCode, stdout } = await run({ file: "ssh-add", args: ["-L"] }, { timeoutSeconds: 5 });
  return exitCode === 0 ? lines(stdout).map((line) => ({ public: line, file: undefined })) : [];
}

/** The user's own keys: those in ~/.ssh, then those that only his agent holds. */
export async function ownKeys(env: Readonly<Record<string, string | undefined>>): Promise<OwnKey[]> {
  const agent = keysOfAgent(env.SSH_AUTH_SOCK).catch(() => []);
  return [...(await keysInHome()), ...(await agent)];
}
