import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { existsSync } from "node:fs";
import { lstat, readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";
import { ExitCode, UserError } from "../errors.js";
import { STATE_DIRECTORY } from "../state/record.js";

/** Never part of the code, whatever .dockerignore says: changing them must not ask for a new image. */
const NEVER_CODE = [
  ".git",
  STATE_DIRECTORY,
  "**/__pycache__",
  "**/*.pyc",
  "**/.pytest_cache",
  "**/.mypy_cache",
  "**/.ruff_cache",
];

export interface IgnoreRules {
  ignores(path: string): boolean;
  /** True when a rule takes something back in: then ignored folders have to be looked into. */
  readonly hasExceptions: boolean;
}

/** The rules of the context's .dockerignore, after `first`. */
export async function readIgnore(context: string, first: readonly string[]): Promise<IgnoreRules> {
  const file = join(context, ".dockerignore");
  const text = existsSync(file) ? await readFile(file, "utf8") : "";
  const rules = dockerignore
    .default()
    .add([...first])
    .add(text);
  return { ignores: (path) => rules.ignores(path), hasExceptions: /^\s*!/m.test(text) };
}

function unreadable(path: string, cause: unknown): UserError {
  return new UserError({
    exitCode: ExitCode.usage,
    message: `${path} can't be read, and the build would need it: ${(cause as Error).message}`,
    hint: "Make it readable, or leave it out in .dockerignore.",
    cause,
  });
}

async function listFiles(
  context: string,
  rules: IgnoreRules,
  below = "",
): Promise<{ path: string; entry: Dirent }[]> {
  const entries = await readdir(join(context, below), { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(join(context, below), cause);
  });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      const ignored = rules.ignores(path);
      if (entry.isDirectory()) return ignored && !rules.hasExceptions ? [] : listFiles(context, rules, path);
      return ignored ? [] : [{ path, entry }];
    }),
  );
  return found.flat();
}

async function fingerprint(context: string, path: string, entry: Dirent): Promise<string> {
  const absolute = join(context, path);
  if (entry.isSymbolicLink()) return `${path}\0link\0${await readlink(absolute)}`;
  if (!entry.isFile()) return `${path}\0other`;
  const [content, { mode }] = await Promise.all([readFile(absolute), stat(absolute)]).catch(
    (cause: unknown) => {
      throw unreadable(absolute, cause);
    },
  );
  const executable = (mode & 0o111) !== 0 ? "x" : "-";
  return `${path}\0${executable}\0${createHash("sha256").update(content).digest("hex")}`;
}

/** True when `listTree` has the path, without looking at any other: what lies behind a linked folder is not in it. */
export async function isInTree(context: string, path: string): Promise<boolean> {
  const steps = path.split("/");
  if (steps.includes("..")) return false;
  const parts = await Promise.all(
    steps.map((_, index) =>
      lstat(join(context, ...steps.slice(0, index + 1))).then(
        (found) => found.isDirectory(),
        () => undefined,
      ),
    ),
  );
  const isFile = parts.every((isFolder, index) => isFolder === index < steps.length - 1);
  return isFile && !(await readIgnore(context, NEVER_CODE)).ignores(path);
}

/** Paths of the files that the build can see. */
export async function listTree(context: string): Promise<string[]> {
  const files = await listFiles(context, await readIgnore(context, NEVER_CODE));
  return files.map(({ path }) => path).sort();
}

/** Hash of everything that the build can see of the project: paths, contents, executable bits; and `extra`, what else decides the image. */
export async function hashTree(context: string, extra: readonly string[]): Promise<string> {
  const files = await listFiles(context, await readIgnore(context, NEVER_CODE));
  const prints = await Promise.all(files.map(({ path, entry }) => fingerprint(context, path, entry)));
  const hash = createHash("sha256");
  for (const line of [...extra, ...prints.sort()]) hash.update(`${line}\n`);
  return hash.digest("hex");
}
