import { posix } from "node:path";
import { friendlyBaseReference } from "../image-plan.js";
import { fillTemplate } from "../template.js";
import type { Project } from "./project.js";
import type { Pyproject, TestGroup } from "./pyproject.js";
import { quoted, shellWord } from "./shell-word.js";

/** The texts of assets/templates, by path. */
export type Templates = Readonly<Record<string, string>>;

const BUILDER = "${PYSPARK_DEPLOY_BUILDER}";
const DECLARED = "/tmp/declared.txt";
/** The package that hides nothing by itself, but is pinned beside a PySpark that is left out. */
const WITH_PYSPARK = "py4j";

/** COPY reads names as patterns, after quotes and variables. */
const literalPattern = (name: string) => name.replace(/[[*?]/g, "[$&]");
const literalWord = (word: string) => word.replace(/[\\$'"]/g, "\\$&");

/** A COPY of files into one folder; the JSON form where a name has a space. */
function copyLine(sources: readonly string[], target: string): string {
  const words = [...sources.map(literalPattern), target].map(literalWord);
  return words.some((word) => /\s/.test(word)) ? `COPY ${JSON.stringify(words)}` : `COPY ${words.join(" ")}`;
}

/** One COPY for what lies directly in the project's folder, and one for each folder: COPY takes folders apart otherwise. */
function copyLines(paths: readonly string[]): string[] {
  const folders = paths.filter((path) => path.endsWith("/"));
  const files = paths.filter((path) => !path.endsWith("/"));
  const targets = [...new Set(files.map((path) => `${posix.dirname(path)}/`))];
  return [
    ...targets.map((target) =>
      copyLine(
        files.filter((path) => `${posix.dirname(path)}/` === target),
        target,
      ),
    ),
    ...folders.map((path) => copyLine([path], path)),
  ];
}

function readGroup({ kind, name }: TestGroup): string {
  const table = {
    extra: 'project.get("optional-dependencies", {})',
    group: 'config.get("dependency-groups", {})',
    pdm: 'config["tool"]["pdm"]["dev-dependencies"]',
  }[kind];
  return ` + ${table}.get(${JSON.stringify(name)}, [])`;
}

function requirementsStage({ dependencies }: Project, templates: Templates): string[] {
  const { lock, pyproject } = dependencies;
  if (lock !== undefined) {
    return [
      fillTemplate(templates["dockerfile/lock.stage"] ?? "", {
        lock: lock.copies.at(-1) ?? "",
        install: lock.install,
        copies: copyLines(lock.copies),
        command: lock.command,
      }),
    ];
  }
  if (pyproject === undefined) return [];
  const groups = pyproject.testGroups.map(readGroup).join("");
  return [fillTemplate(templates["dockerfile/pyproject.stage"] ?? "", { groups })];
}

/** Takes lines out of pip's lists that must not reach it; a line that goes on after a backslash counts as one. */
function leaveOutLines({ dependencies, otherSpark }: Project, lists: readonly string[]): string[] {
  const { hiding, files } = dependencies;
  const names = [...(otherSpark ? ["pyspark", WITH_PYSPARK] : []), ...hiding];
  const anySpelling = names.map((name) => name.replaceAll("-", "[-_.]+"));
  const patterns = [
    ...(names.length > 0 ? [`/^(${anySpelling.join("|")})([^a-z0-9._-]|$)/Id`] : []),
    ...(files.installsProject ? ["/^((-e|--editable)[ =]*)?\\.\\/?(\\[.*\\])?$/d"] : []),
  ];
  if (patterns.length === 0) return [];
  const reasons = [
    ...(names.length > 0 ? [`${names.join(", ")}: the base's own is what runs here.`] : []),
    ...(files.installsProject ? ["The project itself comes with the code."] : []),
  ];
  const join = `':a; /\\\\$/{N; ba}'`;
  return [
    `# Left out. ${reasons.join(" ")}`,
    `RUN sed -E -i ${[join, ...patterns.map(quoted)].map((script) => `-e ${script}`).join(" ")} ${lists.map(shellWord).join(" ")}`,
  ];
}

/** Once a list has hashes pip wants them of all that it installs with it, so lists without them are installed apart. */
const installLine = (lists: readonly string[]) =>
  lists.length === 0
    ? ""
    : `pip install --no-cache-dir --prefix /opt/packages --constraint /tmp/base.txt ${lists.map((list) => `-r ${shellWord(list)}`).join(" ")}`;

function packagesStage(project: Project, templates: Templates): string {
  const { lock, pyproject, files, git } = project.dependencies;
  const staged = lock !== undefined || pyproject !== undefined;
  const lists = [...(staged ? [DECLARED] : []), ...files.files];
  const isHashed = (list: string) => files.hashed.includes(list);
  const all = [...(staged ? [DECLARED] : []), ...files.copies.filter((path) => /\.(txt|in)$/.test(path))];
  return fillTemplate(templates["dockerfile/packages.stage"] ?? "", {
    from: project.systemFile === undefined ? BUILDER : "system",
    git: git ? ["RUN apt-get update && apt-get install --yes --no-install-recommends git"] : [],
    copies: [
      ...(staged ? [`COPY --from=requirements ${DECLARED} ${DECLARED}`] : []),
      ...copyLines([...files.copies, ...(lock?.local ?? [])]),
    ],
    leaveOut: leaveOutLines(project, all),
    installs: [installLine(lists.filter(isHashed)), installLine(lists.filter((list) => !isHashed(list)))]
      .filter((line) => line !== "")
      .join(" \\\n  && "),
  });
}

/** Packaging that asks version control for the version finds none in a build: it is told one. */
function versionEnvironment(pyproject: Pyproject | undefined): string[] {
  if (!pyproject?.buildRequires.some((line) => /^(setuptools[-_.]scm|hatch-vcs)/i.test(line))) return [];
  return [
    "# The version comes from Git, which is not in the image.",
    "ENV SETUPTOOLS_SCM_PRETEND_VERSION=0+image",
  ];
}

function codeStage(
  { code, pyproject, computedDependencies, dependencies }: Project,
  templates: Templates,
): string[] {
  const { layout } = code;
  if (layout.kind !== "installed") return [];
  // What the build computes may come from these files.
  const lists = computedDependencies ? dependencies.files.copies : [];
  const copies = copyLines([...new Set([...layout.copies, ...lists])]);
  const environment = versionEnvironment(pyproject);
  if (computedDependencies || pyproject === undefined)
    return [fillTemplate(templates["dockerfile/computed-code.stage"] ?? "", { copies, environment })];
  return [
    fillTemplate(templates["dockerfile/package-code.stage"] ?? "", {
      buildRequires: pyproject.buildRequires.map(shellWord),
      environment,
      copies,
    }),
  ];
}

function codeLines({ code, large }: Project, codeEntries: readonly string[]): string[] {
  const paths = [
    ...(code.layout.kind === "installed" ? ["COPY --from=code /opt/code /opt/packages"] : []),
    ...(code.layout.kind === "src-path" ? ["ENV PYTHONPATH=/app/src:/app"] : []),
  ];
  if (large.layers.length === 0) return [...paths, "COPY . ."];
  return [
    ...paths,
    `# The code: all but ${large.layers.join(", ")}. Another file or folder needs its name here.`,
    ...copyLines(codeEntries),
  ];
}

function largeLines({ large }: Project): string[] {
  if (large.layers.length === 0) return [];
  return [
    "# Copied again only when it changes; on every node it is below /app.",
    ...large.layers.flatMap((path) => copyLines([path])),
  ];
}

/** `codeEntries`: what lies directly in the folder and belongs to the code, folders with a slash at their end. */
export function renderDockerfile(
  project: Project,
  codeEntries: readonly string[],
  templates: Templates,
): string {
  const { systemFile: file } = project;
  const system =
    file === undefined
      ? []
      : [fillTemplate(templates["dockerfile/system.stage"] ?? "", { file: shellWord(file) })];
  return fillTemplate(templates["dockerfile/Dockerfile"] ?? "", {
    base: friendlyBaseReference(project.versions),
    stages: [
      ...system,
      ...requirementsStage(project, templates),
      packagesStage(project, templates),
      ...codeStage(project, templates),
    ],
    system: templates[file === undefined ? "dockerfile/no-system.layer" : "dockerfile/system.layer"] ?? "",
    large: largeLines(project),
    code: codeLines(project, codeEntries),
  });
}
