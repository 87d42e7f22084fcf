import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { ExitCode, UserError } from "../errors.js";
import type { ProjectFolder } from "../plan/init/folder.js";
import { STATE_DIRECTORY } from "../state/record.js";

const SKIPPED = new Set([".git", ".hg", STATE_DIRECTORY, "node_modules", "__pycache__", ".tox", ".nox"]);
const HIDDEN_WANTED = new Set([".github"]);
/** A project's folder has fewer; somebody's whole home directory has more. */
const MOST_FILES = 20_000;
const DEEPEST = 8;
/** Lock files of large projects are a few MiB. */
const LARGEST_TEXT_BYTES = 16 * 1024 * 1024;
const LARGEST_CODE_BYTES = 256 * 1024;

const MANIFEST =
  /^(pyproject\.toml|(uv|poetry|pdm|Pipfile)\.lock|Pipfile|environment\.ya?ml|\.python-version|runtime\.txt|apt\.txt|packages\.txt|Aptfile|Dockerfile|\.dockerignore|\.gitignore)$/;
const REQUIREMENTS = /\.(txt|in)$/;
const SCRIPT = /^(src\/|scripts\/)?[^/]+\.py$/;

const isWanted = (path: string, bytes: number) =>
  (bytes <= LARGEST_TEXT_BYTES && MANIFEST.test(path)) ||
  (bytes <= LARGEST_CODE_BYTES && (REQUIREMENTS.test(path) || SCRIPT.test(path)));

/** As pip does, by the mark at the start: PowerShell writes lists of packages as UTF-16. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le", 2);
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

/** The path of a folder below the root of its Git repository, or undefined. */
function belowGitRoot(directory: string): string | undefined {
  for (let root = directory; ; root = dirname(root)) {
    if (existsSync(join(root, ".git"))) return relative(root, directory).split(sep).join("/");
    if (dirname(root) === root) return undefined;
  }
}

/** Reads what `init` needs to know of a folder: names and sizes, and the contents of small files that describe the project. */
export async function readProjectFolder(directory: string): Promise<ProjectFolder> {
  const files = new Map<string, number>();
  const texts = new Map<string, string>();
  const environments: string[] = [];
  let complete = true;

  const readEntry = async (path: string) => {
    const { size } = await stat(join(directory, path)).catch(() => ({ size: 0 }));
    files.set(path, size);
    if (isWanted(path, size))
      texts.set(path, decode(await readFile(join(directory, path)).catch(() => Buffer.alloc(0))));
  };
  const walk = async (below: string, depth: number): Promise<void> => {
    const entries = await readdir(join(directory, below), { withFileTypes: true });
    if (below !== "" && entries.some(({ name }) => name === "pyvenv.cfg")) {
      environments.push(below);
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (files.size >= MOST_FILES || depth > DEEPEST) complete = false;
      else if (!entry.isDirectory()) await readEntry(path);
      else if (!SKIPPED.has(entry.name) && (!entry.name.startsWith(".") || HIDDEN_WANTED.has(entry.name)))
        await walk(path, depth + 1).catch((error: NodeJS.ErrnoException) => {
          // A folder that we may not look into is none of the project's.
          if (below === "" && error.code === "EACCES") return;
          throw error;
        });
    }
  };

  await walk("", 0).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${directory} can't be read: ${cause.code ?? cause.message}.`,
      hint: "Name the folder of your project: pyspark-deploy -C FOLDER init",
      cause,
    });
  });
  return {
    name: basename(directory),
    files,
    texts,
    environments,
    belowGitRoot: belowGitRoot(directory),
    complete,
  };
}
