import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { existsSync } from "node:fs";
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";
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

type Ignore = (path: string) => boolean;

async function readIgnore(context: string): Promise<Ignore> {
  const file = join(context, ".dockerignore");
  const ignore = dockerignore.default().add(NEVER_CODE);
  if (existsSync(file)) ignore.add(await readFile(file, "utf8"));
  return (path) => ignore.ignores(path);
}

async function listFiles(
  context: string,
  ignored: Ignore,
  below = "",
): Promise<{ path: string; entry: Dirent }[]> {
  const entries = await readdir(join(context, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (ignored(path)) return [];
      return entry.isDirectory() ? listFiles(context, ignored, path) : [{ path, entry }];
    }),
  );
  return found.flat();
}

async function fingerprint(context: string, path: string, entry: Dirent): Promise<string> {
  const absolute = join(context, path);
  if (entry.isSymbolicLink()) return `${path}\0link\0${await readlink(absolute)}`;
  if (!entry.isFile()) return `${path}\0other`;
  const [content, { mode }] = await Promise.all([readFile(absolute), stat(absolute)]);
  const executable = (mode & 0o111) !== 0 ? "x" : "-";
  return `${path}\0${executable}\0${createHash("sha256").update(content).digest("hex")}`;
}

/** Hash of everything that the build can see of the project: paths, contents, executable bits; and `extra`, what else decides the image. */
export async function hashTree(context: string, extra: readonly string[]): Promise<string> {
  const files = await listFiles(context, await readIgnore(context));
  const prints = await Promise.all(files.map(({ path, entry }) => fingerprint(context, path, entry)));
  const hash = createHash("sha256");
  for (const line of [...extra, ...prints.sort()]) hash.update(`${line}\n`);
  return hash.digest("hex");
}
