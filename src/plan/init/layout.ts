import { filesIn, info, type Note, type ProjectFolder, topLevel, warning } from "./folder.js";
import type { Pyproject } from "./pyproject.js";

/** How the project's code gets onto Python's path. */
export type Layout =
  /** Packages that pip installs; `copies` is what that takes. */
  | { readonly kind: "installed"; readonly packages: readonly string[]; readonly copies: readonly string[] }
  /** `src/` that nothing says how to install: on the path as it is. */
  | { readonly kind: "src-path"; readonly packages: readonly string[] }
  /** Packages or scripts in the folder itself, which is on the path. */
  | { readonly kind: "flat"; readonly packages: readonly string[] };

export interface Code {
  readonly layout: Layout;
  /** Files that can be submitted; those that surely start Spark come first. */
  readonly jobs: readonly string[];
  /** True where `import jobs` means a module of the project, not the folder beside it. */
  readonly hasJobsModule: boolean;
  readonly hasTests: boolean;
  readonly notes: readonly Note[];
}

/** Written by init itself: they are not what makes it think that a project has a job or a test. */
export const FIRST_JOB = "jobs/first_job.py";
export const FIRST_TEST = "tests/test_first.py";

const NO_PACKAGES = new Set([
  "jobs",
  "test",
  "tests",
  "docs",
  "scripts",
  "notebooks",
  "examples",
  "build",
  "dist",
]);
const PACKAGING =
  /^(pyproject\.toml|setup\.(py|cfg)|MANIFEST\.in|hatch_build\.py|(README|LICEN[CS]E|NOTICE|AUTHORS|VERSION)[^/]*)$/i;
const TEST = /(^|\/)(test_[^/]*|[^/]*_test)\.py$/;

function packagesIn(folder: ProjectFolder, directory: string): string[] {
  const prefix = directory === "" ? "" : `${directory}/`;
  const found = [...folder.files.keys()].flatMap((path) => {
    const match = path.startsWith(prefix)
      ? /^([A-Za-z_]\w*)\/__init__\.py$/.exec(path.slice(prefix.length))
      : null;
    return match?.[1] === undefined || NO_PACKAGES.has(match[1]) ? [] : [match[1]];
  });
  return found.sort();
}

/** True where setuptools knows the project, and pyproject.toml does not. */
export const isSetuptools = ({ files, texts }: ProjectFolder): boolean =>
  files.has("setup.py") ||
  (files.has("pyproject.toml") && /^\[options\]/m.test(texts.get("setup.cfg") ?? ""));

function findLayout(folder: ProjectFolder, pyproject: Pyproject | undefined, computed: boolean): Layout {
  const source = filesIn(folder, "src").filter((path) => path.endsWith(".py"));
  const inSource = source.some((path) => path.split("/").length > 2);
  const packages = packagesIn(folder, inSource ? "src" : "");
  const installable = pyproject?.isPackage ?? isSetuptools(folder);
  if (!installable || !(inSource || computed)) {
    return source.length > 0
      ? { kind: "src-path", packages: packagesIn(folder, "src") }
      : { kind: "flat", packages };
  }
  const root = topLevel(folder).files.filter(
    (path) => PACKAGING.test(path) || (!inSource && path.endsWith(".py")),
  );
  const named = pyproject?.packageFiles.filter((path) => folder.files.has(path)) ?? [];
  const sources = inSource ? ["src/"] : packages.map((name) => `${name}/`);
  return { kind: "installed", packages, copies: [...new Set([...root, ...named])].sort().concat(sources) };
}

/** Python files in the usual places that start Spark. */
function findJobs(folder: ProjectFolder): string[] {
  const startsSpark = (path: string) => /\bSpark(Session|Context)\b/.test(folder.texts.get(path) ?? "");
  const isJob = (path: string) => {
    if (path === FIRST_JOB || !path.endsWith(".py") || path.endsWith("__init__.py") || TEST.test(path))
      return false;
    if (/^(src\/)?jobs\//.test(path)) return true;
    const bare = /^(src\/|scripts\/)?[^/]+$/.test(path);
    return bare && startsSpark(path) && !/conftest|setup/.test(path);
  };
  const jobs = [...folder.files.keys()].filter(isJob).sort();
  return [...jobs.filter(startsSpark), ...jobs.filter((path) => !startsSpark(path))];
}

/** `computed`: the project's dependencies are known only to what builds it. */
export function findCode(folder: ProjectFolder, pyproject: Pyproject | undefined, computed: boolean): Code {
  const layout = findLayout(folder, pyproject, computed);
  const installed = layout.kind === "installed";
  const names = layout.packages.length > 0 ? layout.packages.join(", ") : "the package";
  return {
    layout,
    jobs: findJobs(folder),
    hasJobsModule: ["src/jobs/__init__.py", "src/jobs.py", "jobs.py"].some((path) => folder.files.has(path)),
    hasTests: [...folder.files.keys()].some((path) => TEST.test(path) && path !== FIRST_TEST),
    notes: [
      ...(installed
        ? [
            info(
              `pip installs ${names} into the image. submit --mount runs the jobs of your tree with the package of the image: after an edit of the package use submit --build.`,
            ),
          ]
        : []),
      ...(installed && computed
        ? [
            warning(
              "The dependencies are known only to the build of the package: they are installed again with every edit of it. A list in pyproject.toml (project.dependencies) would be a layer of its own.",
            ),
          ]
        : []),
    ],
  };
}
