import { ExitCode, UserError } from "../../errors.js";
import { filesIn, type Note, type ProjectFolder, warning } from "./folder.js";
import { type Pyproject, parseToml, type TestGroup } from "./pyproject.js";
import type { Requirement } from "./requirement.js";

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
function unlockedPoetry({ testGroups }: Pyproject): Found {
  return {
    lock: {
      tool: "poetry",
      install: TOOL_PACKAGES.poetry,
      copies: ["pyproject.toml"],
      local: [],
      command: `poetry lock && ${exportCommand("poetry", testGroups, false)}`,
      requirements: [],
    },
    notes: [
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

/** What a uv.lock takes from folders and files of this machine: uv's path and workspace sources. */
function localPackages(
  folder: ProjectFolder,
  file: string,
  content: string,
): Pick<Found, "notes"> & { local: string[] } {
  const { package: packages } = parseToml(file, content);
  const paths = (Array.isArray(packages) ? packages : []).flatMap(
    ({ source = {} }: { source?: Readonly<Record<string, unknown>> }) =>
      [source.editable, source.directory, source.path].filter(
        (path) => typeof path === "string" && path !== ".",
      ),
  ) as string[];
  const local: string[] = [];
  const notes: Note[] = [];
  for (const path of paths) {
    if (folder.files.has(path)) local.push(path);
    else if (filesIn(folder, path).length > 0) local.push(`${path}/`);
    else
      notes.push(
        warning(
          `${file} takes a package from ${path}, which is outside of this folder: a build can't see it. Copy it in, and lock again: uv lock`,
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
    return pyproject?.poetry ? unlockedPoetry(pyproject) : { lock: undefined, notes: unlockedPipenv(folder) };
  const [file, tool] = chosen;
  const content = folder.texts.get(file) ?? "";
  const pipenv = tool === "pipenv";
  const { local, notes } = tool === "uv" ? localPackages(folder, file, content) : { local: [], notes: [] };
  const devTests = pipenv && /^pytest/m.test(folder.texts.get("Pipfile") ?? "");
  return {
    lock: {
      tool,
      install: TOOL_PACKAGES[tool],
      copies: [pipenv ? "Pipfile" : "pyproject.toml", file],
      local,
      command: exportCommand(tool, pyproject?.testGroups ?? [], devTests),
      requirements: pipenv ? pinnedInJson(file, content) : pinnedInToml(file, content),
    },
    notes: [
      ...notes,
      ...(others.length > 0
        ? [warning(`${file} decides what is installed, not ${others.map(([name]) => name).join(", ")}.`)]
        : []),
    ],
  };
}
