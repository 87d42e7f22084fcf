import { posix } from "node:path";
import { ExitCode, UserError } from "../../errors.js";
import { filesIn, type Note, type ProjectFolder, warning } from "./folder.js";
import { type Pyproject, parseToml, type TestGroup } from "./pyproject.js";
import type { Requirement } from "./requirement.js";
import { shellWord } from "./shell-word.js";

/** How a tool's lock file becomes a list for pip, inside a builder stage. */
export interface LockExport {
  readonly tool: "uv" | "poetry" | "pdm" | "pipenv";
  /** Packages that pip installs to have the tool. */
  readonly install: readonly string[];
  /** Files that the tool reads. */
  readonly copies: readonly string[];
  /** Packages of the project's own folder that the list names by their path: folders with a slash at their end, and files. */
  readonly local: readonly string[];
  /** Prints the list on standard output. */
  readonly command: string;
  /** What it pins of the packages that matter to us. */
  readonly requirements: readonly Requirement[];
}

const FILES = [
  ["uv.lock", "uv"],
  ["poetry.lock", "poetry"],
  ["pdm.lock", "pdm"],
  ["Pipfile.lock", "pipenv"],
] as const;

function pinnedInToml(file: string, content: string): Requirement[] {
  const { package: packages } = parseToml(file, content);
  if (!Array.isArray(packages)) return [];
  return packages.flatMap(({ name, version }: { name?: unknown; version?: unknown }) =>
    typeof name === "string" && typeof version === "string"
      ? [{ name, versions: `==${version}`, source: file }]
      : [],
  );
}

function pinnedInJson(file: string, content: string): Requirement[] {
  try {
    const { default: packages = {} } = JSON.parse(content) as {
      default?: Record<string, { version?: string }>;
    };
    return Object.entries(packages).map(([name, { version = "" }]) => ({
      name,
      versions: version,
      source: file,
    }));
  } catch (cause) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${file} is not valid JSON: ${(cause as Error).message}`,
      hint: "Make it anew: pipenv lock",
      cause,
    });
  }
}

const groupsOf = (groups: readonly TestGroup[], ...kinds: TestGroup["kind"][]) =>
  groups.flatMap(({ kind, name }) => (kinds.includes(kind) ? [name] : []));

function exportCommand(tool: LockExport["tool"], groups: readonly TestGroup[], devTests: boolean): string {
  const options = (flag: string, names: readonly string[]) =>
    names.map((name) => ` ${flag} ${name}`).join("");
  const extras = groupsOf(groups, "extra");
  const sets = groupsOf(groups, "group", "pdm");
  switch (tool) {
    case "uv":
      return `uv export --quiet --frozen --no-default-groups --no-emit-project --no-editable --no-hashes${options("--extra", extras)}${options("--group", sets)}`;
    case "poetry":
      return `poetry export --without-hashes --only ${["main", ...sets].join(",")}${options("--extras", extras)}`;
    case "pdm":
      // It refuses a group for developers beside --prod, and takes no others where one is named.
      return `pdm export --format requirements --no-hashes${sets.length > 0 ? "" : " --prod"}${options("--group", [...extras, ...sets])}`;
    case "pipenv":
      return `pipenv requirements${devTests ? " --dev" : ""}`;
  }
}

const TOOL_PACKAGES = {
  uv: ["uv"],
  poetry: ["poetry", "poetry-plugin-export"],
  pdm: ["pdm"],
  pipenv: ["pipenv"],
} as const;

/** Poetry's own form of requirements is nothing that pip reads: Poetry resolves them while building. */
function unlockedPoetry(folder: ProjectFolder, { testGroups, paths }: Pyproject): Found {
  const { local, notes } = localPackages(folder, "poetry", { from: "pyproject.toml", paths });
  return {
    lock: {
      tool: "poetry",
      install: TOOL_PACKAGES.poetry,
      // Poetry reads the packages themselves to lock them.
      copies: [...local, "pyproject.toml"],
      local,
      command: `poetry lock && ${exportCommand("poetry", testGroups, false)}`,
      requirements: [],
    },
    notes: [
      ...notes,
      warning(
        "There is no poetry.lock: two builds may get other versions. Make one: poetry lock; rm Dockerfile; pyspark-deploy init",
      ),
    ],
  };
}

const unlockedPipenv = ({ texts }: ProjectFolder): Note[] =>
  texts.has("Pipfile")
    ? [
        warning(
          "There is no Pipfile.lock: nothing of Pipfile is installed. Make one: pipenv lock; rm Dockerfile; pyspark-deploy init",
        ),
      ]
    : [];

interface Found {
  readonly lock: LockExport | undefined;
  readonly notes: readonly Note[];
}

/** What a lock file takes from folders and files of this machine, by its tool: their paths. */
function localPaths(tool: LockExport["tool"], file: string, content: string): string[] {
  if (tool === "pipenv") {
    const { default: packages = {} } = JSON.parse(content) as {
      default?: Record<string, { path?: unknown }>;
    };
    return Object.values(packages).flatMap(({ path }) => (typeof path === "string" ? [path] : []));
  }
  const { package: packages } = parseToml(file, content);
  return (Array.isArray(packages) ? packages : []).flatMap(
    ({ source = {}, path }: { source?: Readonly<Record<string, unknown>>; path?: unknown }) => {
      // uv's; PDM's; Poetry's, which has URLs of other kinds there too.
      const poetry = /^(directory|file)$/.test(String(source.type)) ? [source.url] : [];
      const paths = [source.editable, source.directory, source.path, path, ...poetry];
      return paths.filter((one) => typeof one === "string");
    },
  );
}

/** Those below this folder, which a build can install, and a note for each that it can't. */
function localPackages(
  folder: ProjectFolder,
  tool: LockExport["tool"],
  { from, paths }: { readonly from: string; readonly paths: readonly string[] },
): Pick<Found, "notes"> & { local: string[] } {
  const local: string[] = [];
  const notes: Note[] = [];
  for (const path of new Set(paths.map((one) => posix.normalize(one).replace(/\/$/, "")))) {
    if (path === ".") continue;
    if (folder.files.has(path) && !folder.links.has(path)) local.push(path);
    else if (filesIn(folder, path).length > 0) local.push(`${path}/`);
    else
      notes.push(
        warning(
          `${from} takes a package from ${path}, which is outside of this folder: a build can't see it. Copy it in (cp -R ${shellWord(path)} .), name its new path in ${tool === "pipenv" ? "Pipfile" : "pyproject.toml"}, and lock again: ${tool} lock`,
        ),
      );
  }
  return { local, notes };
}

/** The lock file that decides, and a note about those that do not. */
export function findLock(folder: ProjectFolder, pyproject: Pyproject | undefined): Found {
  const there = FILES.filter(([file]) => folder.texts.has(file));
  const [chosen, ...others] = there;
  if (chosen === undefined)
    return pyproject?.poetry
      ? unlockedPoetry(folder, pyproject)
      : { lock: undefined, notes: unlockedPipenv(folder) };
  const [file, tool] = chosen;
  const content = folder.texts.get(file) ?? "";
  const pipenv = tool === "pipenv";
  const requirements = pipenv ? pinnedInJson(file, content) : pinnedInToml(file, content);
  const paths = localPaths(tool, file, content);
  const { local, notes } = localPackages(folder, tool, { from: file, paths });
  const devTests = pipenv && /^pytest/m.test(folder.texts.get("Pipfile") ?? "");
  return {
    lock: {
      tool,
      install: TOOL_PACKAGES[tool],
      copies: [pipenv ? "Pipfile" : "pyproject.toml", file],
      local,
      command: exportCommand(tool, pyproject?.testGroups ?? [], devTests),
      requirements,
    },
    notes: [
      ...notes,
      ...(others.length > 0
        ? [warning(`${file} decides what is installed, not ${others.map(([name]) => name).join(", ")}.`)]
        : []),
    ],
  };
}
