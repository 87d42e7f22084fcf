import { parse, TomlError } from "smol-toml";
import { ExitCode, UserError } from "../../errors.js";
import type { ProjectFolder } from "./folder.js";
import { fromPoetry, parseRequirement, type Requirement } from "./requirement.js";

const FILE = "pyproject.toml";

type Table = Readonly<Record<string, unknown>>;
const table = (value: unknown): Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A named set of packages that tests need, beside those that the code needs. */
export interface TestGroup {
  /** `pdm`: a group in PDM's own form, from before there was a standard one. */
  readonly kind: "extra" | "group" | "pdm";
  readonly name: string;
}

/** What pyproject.toml says of the project; undefined where it only configures tools. */
export interface Pyproject {
  readonly name: string | undefined;
  readonly pythonVersions: string | undefined;
  readonly requirements: readonly Requirement[];
  /** True where `project.dependencies` lists all: nothing is computed by the build back-end, nothing is in Poetry's own form. */
  readonly staticDependencies: boolean;
  readonly poetry: boolean;
  readonly testGroups: readonly TestGroup[];
  /** What builds the package, as pip installs it. */
  readonly buildRequires: readonly string[];
  /** False where the project says that it is none: Poetry's package-mode, uv's package. */
  readonly isPackage: boolean;
  /** Where Poetry's dependencies are folders or files of this machine. */
  readonly paths: readonly string[];
  /** Files that the build of the package reads, besides its code. */
  readonly packageFiles: readonly string[];
}

/** @throws UserError when the text is not TOML, with line and column. */
export function parseToml(file: string, content: string): Table {
  try {
    return parse(content);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${file}:${cause.line}:${cause.column}: not valid TOML: ${cause.message.split("\n")[0]}`,
      hint: `Mend ${file}, then run the command again.`,
      cause,
    });
  }
}

const TEST_GROUPS = ["test", "tests", "testing"];

/** The groups that are meant for tests; `dev` where there is none and it brings pytest. */
function findTestGroups(
  groups: ReadonlyMap<string, { kind: TestGroup["kind"]; names: string[] }>,
): TestGroup[] {
  const named = TEST_GROUPS.filter((name) => groups.has(name));
  const dev = groups.get("dev")?.names.some((name) => name.startsWith("pytest")) ? ["dev"] : [];
  return (named.length > 0 ? named : dev).map((name) => ({ name, kind: groups.get(name)?.kind ?? "group" }));
}

function readGroups(document: Table, poetry: Table, pdm: Table) {
  const groups = new Map<string, { kind: TestGroup["kind"]; names: string[] }>();
  const add = (kind: TestGroup["kind"], sets: unknown, namesOf: (set: unknown) => string[]) => {
    for (const [name, set] of Object.entries(table(sets))) groups.set(name, { kind, names: namesOf(set) });
  };
  add("extra", table(document.project)["optional-dependencies"], strings);
  // Poetry's before 1.2.
  const dev = poetry["dev-dependencies"];
  if (dev !== undefined) add("group", { dev }, (set) => Object.keys(table(set)));
  add("group", poetry.group, (group) => Object.keys(table(table(group).dependencies)));
  add("pdm", pdm["dev-dependencies"], strings);
  add("group", document["dependency-groups"], strings);
  return groups;
}

function poetryRequirements(poetry: Table, source: string): Requirement[] {
  return Object.entries(table(poetry.dependencies)).flatMap(([name, constraint]) => {
    const versions = text(constraint) ?? text(table(constraint).version) ?? "";
    const found = name === "python" ? undefined : parseRequirement(name, source);
    return found ? [{ ...found, versions: fromPoetry(versions) }] : [];
  });
}

export function readPyproject(folder: ProjectFolder): Pyproject | undefined {
  const content = folder.texts.get(FILE);
  if (content === undefined) return undefined;
  const document = parseToml(FILE, content);
  const tools = table(document.tool);
  const project = table(document.project);
  const poetry = table(tools.poetry);
  if (document.project === undefined && tools.poetry === undefined) return undefined;

  const dynamic = strings(project.dynamic);
  const poetryPython = text(table(poetry.dependencies).python);
  const readme = text(project.readme) ?? text(table(project.readme).file) ?? text(poetry.readme);
  const license = text(table(project.license).file);
  const build = strings(table(document["build-system"]).requires);
  const declared = strings(project.dependencies).flatMap((line) => parseRequirement(line, FILE) ?? []);
  return {
    name: text(project.name) ?? text(poetry.name),
    pythonVersions:
      text(project["requires-python"]) ?? (poetryPython === undefined ? undefined : fromPoetry(poetryPython)),
    requirements: [...declared, ...poetryRequirements(poetry, FILE)],
    staticDependencies:
      document.project !== undefined &&
      !dynamic.includes("dependencies") &&
      poetry.dependencies === undefined,
    poetry: tools.poetry !== undefined && (project.name === undefined || poetry.dependencies !== undefined),
    testGroups: findTestGroups(readGroups(document, poetry, table(tools.pdm))),
    buildRequires: build.length > 0 ? build : ["setuptools>=61"],
    isPackage: poetry["package-mode"] !== false && table(tools.uv).package !== false,
    paths: Object.values(table(poetry.dependencies)).flatMap((one) => text(table(one).path) ?? []),
    packageFiles: [readme, license, ...strings(project["license-files"])].filter(
      (file) => file !== undefined,
    ),
  };
}
