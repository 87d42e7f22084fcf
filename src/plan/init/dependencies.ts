import { parse } from "yaml";
import { info, type Note, type ProjectFolder, warning } from "./folder.js";
import { findLock, type LockExport } from "./lock.js";
import type { Pyproject } from "./pyproject.js";
import type { Requirement } from "./requirement.js";
import { type RequirementFiles, readRequirementFiles } from "./requirement-files.js";

/** Where pip's packages come from. */
export interface Dependencies {
  readonly lock: LockExport | undefined;
  /** Set where pip reads pyproject.toml's own list. */
  readonly pyproject: Pyproject | undefined;
  readonly files: RequirementFiles;
  readonly requirements: readonly Requirement[];
  /** Packages that would hide the image's PySpark. */
  readonly hiding: readonly string[];
  /** True where pip has to clone. */
  readonly git: boolean;
  readonly notes: readonly Note[];
}

/** They bring a module `pyspark` of their own. */
const HIDING = ["databricks-connect", "pyspark-client"];
const CONDA = ["environment.yml", "environment.yaml"];
const NO_FILES: RequirementFiles = {
  files: [],
  copies: [],
  hashed: [],
  requirements: [],
  installsProject: false,
  notes: [],
};

function condaNames(content: string): { conda: string[]; pip: string[] } {
  let document: unknown;
  try {
    document = parse(content);
  } catch {
    return { conda: [], pip: [] };
  }
  const { dependencies } = (document ?? {}) as { dependencies?: unknown };
  const list: unknown[] = Array.isArray(dependencies) ? dependencies : [];
  const pip = list.flatMap((item) => (item as { pip?: string[] } | null)?.pip ?? []);
  return { conda: list.filter((item) => typeof item === "string"), pip };
}

function condaNotes(folder: ProjectFolder, otherwise: boolean): Note[] {
  return CONDA.filter((file) => folder.texts.has(file)).map((file) => {
    const { conda, pip } = condaNames(folder.texts.get(file) ?? "");
    if (otherwise) return info(`${file} is not used: the image has no conda.`);
    const names = [...conda, ...pip].join(", ");
    return warning(
      `${file} can't be installed: the image has pip and Debian's packages, no conda. Put what your code needs${names ? ` of ${names}` : ""} into requirements.txt (names on PyPI may differ), and libraries into apt.txt.`,
    );
  });
}

export function findDependencies(folder: ProjectFolder, pyproject: Pyproject | undefined): Dependencies {
  const { lock, notes: lockNotes } = findLock(folder, pyproject);
  const files = lock === undefined ? readRequirementFiles(folder) : NO_FILES;
  const listed = lock === undefined && pyproject?.staticDependencies ? pyproject : undefined;
  // What a lock file pins is what counts, not the range that it was made from.
  const pinned = lock?.requirements ?? [];
  const requirements =
    pinned.length > 0 ? pinned : [...(pyproject?.requirements ?? []), ...files.requirements];
  const hiding = HIDING.filter((name) => requirements.some((requirement) => requirement.name === name));
  const manifests = ["pyproject.toml", "Pipfile", ...(lock?.copies ?? []), ...files.copies];
  const git = manifests.some((file) => /\bgit\+|\bgit\s*=\s*"/.test(folder.texts.get(file) ?? ""));
  const anything = lock !== undefined || listed !== undefined || files.files.length > 0;
  return {
    lock,
    pyproject: listed,
    files,
    requirements,
    hiding,
    git,
    notes: [
      ...lockNotes,
      ...files.notes,
      ...condaNotes(folder, anything),
      ...hiding.map((name) =>
        warning(
          `${name} has a pyspark of its own, which would hide the image's: init's Dockerfile leaves it out.`,
        ),
      ),
    ],
  };
}
