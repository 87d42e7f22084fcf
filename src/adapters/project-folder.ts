import { type Dirent, existsSync } from "node:fs";
import { open, readdir, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { ExitCode, UserError } from "../errors.js";
import type { Link, ProjectFolder } from "../plan/init/folder.js";
import { STATE_DIRECTORY } from "../state/record.js";

const SKIPPED = new Set([".git", ".hg", STATE_DIRECTORY, "node_modules", "__pycache__", ".tox", ".nox"]);
const HIDDEN_WANTED = new Set([".github"]);
/** The code below a top-level folder has fewer; data and somebody's whole home directory have more. */
const MOST_ENTRIES = 10_000;
const DEEPEST = 8;
/** Lock files of large projects are a few MiB. */
const LARGEST_TEXT_BYTES = 16 * 1024 * 1024;
const LARGEST_CODE_BYTES = 256 * 1024;

const MANIFEST =
  /^(pyproject\.toml|setup\.cfg|(uv|poetry|pdm|Pipfile)\.lock|Pipfile|environment\.ya?ml|\.python-version|runtime\.txt|apt\.txt|packages\.txt|Aptfile|Dockerfile|\.dockerignore|\.gitignore)$/;
const REQUIREMENTS = /\.(txt|in)$/;
const SCRIPT = /^((src\/)?jobs\/|src\/|scripts\/)?[^/]+\.py$/;

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

async function readStart(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const isEnvironment = (entries: readonly Dirent[]) =>
  entries.some(({ name }) => name === "pyvenv.cfg" || name === "conda-meta");

/** A folder that we may not look into is none of the project's. */
const readSubfolder = (path: string): Promise<Dirent[]> =>
  readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EACCES") return [];
    throw error;
  });

/** Goes through a folder level by level, so that what lies deep or comes in masses hides nothing that lies above it. */
class FolderReader {
  readonly files = new Map<string, number>();
  readonly texts = new Map<string, string>();
  readonly links = new Map<string, Link>();
  readonly environments: string[] = [];
  readonly skipped: string[] = [];

  constructor(
    private readonly directory: string,
    private readonly mostEntries: number,
  ) {}

  async read(): Promise<void> {
    const folders = await this.readLevel("", await readdir(this.directory, { withFileTypes: true }));
    for (const folder of folders) await this.readFolder(folder);
  }

  private async readFolder(top: string): Promise<void> {
    let seen = 0;
    let level = [top];
    for (let depth = 1; level.length > 0; depth += 1) {
      const next: string[] = [];
      for (const folder of level) {
        const entries = await readSubfolder(join(this.directory, folder));
        if (isEnvironment(entries)) {
          this.environments.push(folder);
          continue;
        }
        seen += entries.length;
        if (seen > this.mostEntries || depth > DEEPEST) {
          this.skipped.push(top);
          return;
        }
        next.push(...(await this.readLevel(folder, entries)));
      }
      level = next;
    }
  }

  /** Reads the files among a folder's entries; returns its folders that may be the project's. */
  private async readLevel(below: string, entries: Dirent[]): Promise<string[]> {
    const folders: string[] = [];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isSymbolicLink() && !entry.name.startsWith(".") && !SKIPPED.has(entry.name))
        await this.readLink(path);
      else if (!entry.isDirectory()) await this.readFile(path);
      else if (!SKIPPED.has(entry.name) && (!entry.name.startsWith(".") || HIDDEN_WANTED.has(entry.name)))
        folders.push(path);
    }
    return folders;
  }

  private async readLink(path: string): Promise<void> {
    const absolute = join(this.directory, path);
    if (isEnvironment(await readdir(absolute, { withFileTypes: true }).catch(() => [])))
      return void this.environments.push(path);
    const target = await readlink(absolute);
    const real = await realpath(absolute).catch(() => undefined);
    const found = await stat(absolute).catch(() => undefined);
    const within =
      real !== undefined && `${real}${sep}`.startsWith(`${await realpath(this.directory)}${sep}`);
    const state =
      real === undefined ? "missing" : !within ? "outside" : isAbsolute(target) ? "absolute" : "inside";
    this.links.set(path, { target, state, toFolder: found?.isDirectory() ?? false });
    await this.readFile(path);
  }

  /** Pipes and devices have a name, and never an end. */
  private async readFile(path: string): Promise<void> {
    const absolute = join(this.directory, path);
    const found = await stat(absolute).catch(() => undefined);
    const size = found?.isFile() ? found.size : 0;
    this.files.set(path, size);
    if (found && !found.isFile()) return;
    if (isWanted(path, size))
      this.texts.set(path, decode(await readStart(absolute, size).catch(() => Buffer.alloc(0))));
  }
}

/**
 * Reads what `init` needs to know of a folder: names and sizes, and the contents of small files that describe the project.
 * @param mostEntries how many files and folders of each top-level folder are looked at
 * @throws UserError when the folder can't be read.
 */
export async function readProjectFolder(
  directory: string,
  mostEntries = MOST_ENTRIES,
): Promise<ProjectFolder> {
  const reader = new FolderReader(directory, mostEntries);
  await reader.read().catch((cause: NodeJS.ErrnoException) => {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${directory} can't be read: ${cause.code ?? cause.message}.`,
      hint: "Name the folder of your project: pyspark-deploy -C FOLDER init",
      cause,
    });
  });
  const { files, texts, links, environments, skipped } = reader;
  return {
    name: basename(directory),
    files,
    texts,
    links,
    environments,
    belowGitRoot: belowGitRoot(directory),
    skipped,
  };
}
