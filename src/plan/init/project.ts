import type { BaseVersions } from "../../config/base-matrix.js";
import { projectName } from "../../config/names.js";
import { type Dependencies, findDependencies } from "./dependencies.js";
import { type Note, type ProjectFolder, warning } from "./folder.js";
import { findLargeFiles, type LargeFiles } from "./large-files.js";
import { type Code, findCode, isSetuptools } from "./layout.js";
import { type Pyproject, readPyproject } from "./pyproject.js";
import { findSystemPackages } from "./system-packages.js";
import { chooseVersions } from "./versions.js";

/** What a folder's project is, as far as its image goes. */
export interface Project {
  readonly name: string;
  readonly pyproject: Pyproject | undefined;
  readonly versions: BaseVersions;
  readonly isDefaultVersions: boolean;
  /** True when the project asks for a PySpark that the image does not have. */
  readonly otherSpark: boolean;
  readonly dependencies: Dependencies;
  /** True when the project's dependencies are known only to what builds its package. */
  readonly computedDependencies: boolean;
  /** True when nothing lists the packages that the project needs. */
  readonly declaresNothing: boolean;
  readonly code: Code;
  readonly large: LargeFiles;
  /** The list of Debian packages. */
  readonly systemFile: string | undefined;
  readonly notes: readonly Note[];
}

export const REQUIREMENTS = "requirements.txt";

/** Adds the list that init writes where nothing says what the project needs. */
function withRequirements(dependencies: Dependencies): Dependencies {
  const { files } = dependencies;
  return { ...dependencies, files: { ...files, files: [REQUIREMENTS], copies: [REQUIREMENTS] } };
}

/** @throws UserError when a file that says what the project is can't be parsed. */
export function describeProject(folder: ProjectFolder): Project {
  const pyproject = readPyproject(folder);
  const found = findDependencies(folder, pyproject);
  const listed = found.lock !== undefined || found.pyproject !== undefined;
  const declaresNothing = !listed && found.files.files.length === 0;
  const computedDependencies = !listed && (pyproject !== undefined || isSetuptools(folder));
  const dependencies = declaresNothing ? withRequirements(found) : found;
  const chosen = chooseVersions(folder, pyproject, dependencies.requirements);
  const code = findCode(folder, pyproject, computedDependencies);
  const large = findLargeFiles(folder);
  const system = findSystemPackages(folder);
  return {
    name: projectName(pyproject?.name ?? folder.name),
    pyproject,
    versions: chosen.versions,
    isDefaultVersions: chosen.isDefault,
    otherSpark: chosen.otherSpark,
    dependencies,
    computedDependencies,
    declaresNothing,
    code,
    large,
    systemFile: system.file,
    notes: [
      ...folder.skipped.map((name) =>
        warning(
          `${name}/ has too many or too deeply nested files: init looked only at a part of it. See that the Dockerfile copies what your code needs of it; if it is data, leave it out: echo ${name} >> .dockerignore`,
        ),
      ),
      ...chosen.notes,
      ...dependencies.notes,
      ...code.notes,
      ...large.notes,
      ...system.notes,
    ],
  };
}
