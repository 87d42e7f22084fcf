import { BASE_MATRIX, type BaseVersions } from "../../config/base-matrix.js";
import { type Note, type ProjectFolder, warning } from "./folder.js";
import type { Pyproject } from "./pyproject.js";
import { allows, type Requirement } from "./requirement.js";

interface Wish {
  readonly source: string;
  readonly text: string;
  allows(row: BaseVersions): boolean;
  /** What to do where the image can't follow. */
  readonly advice: string;
}

/** A minor version such as 3.13 fits when any of its patch releases does. */
const allowsMinor = (specifiers: string, minor: string) =>
  Array.from({ length: 40 }, (_, patch) => `${minor}.${patch}`).some((version) =>
    allows(specifiers, version),
  );

function exactPython(source: string, content: string | undefined, pattern: RegExp): Wish[] {
  const [, minor] = pattern.exec(content ?? "") ?? [];
  if (minor === undefined) return [];
  return [
    {
      source,
      text: `Python ${minor}`,
      allows: ({ python }) => python === minor,
      advice: "Your code will run with that: see that its tests pass, and use it on your machine too.",
    },
  ];
}

function pythonWishes(folder: ProjectFolder, pyproject: Pyproject | undefined): Wish[] {
  const range = pyproject?.pythonVersions;
  return [
    ...exactPython(".python-version", folder.texts.get(".python-version"), /^\s*(?:cpython-)?(\d+\.\d+)/m),
    ...exactPython("runtime.txt", folder.texts.get("runtime.txt"), /^\s*python-(\d+\.\d+)/m),
    ...exactPython("Pipfile", folder.texts.get("Pipfile"), /^\s*python_(?:full_)?version\s*=\s*"(\d+\.\d+)/m),
    ...(range === undefined
      ? []
      : [
          {
            source: "pyproject.toml",
            text: `Python ${range}`,
            allows: ({ python }: BaseVersions) => allowsMinor(range, python),
            advice:
              "pip and lock tools refuse to install for it: widen the range, and see that the tests pass.",
          },
        ]),
  ];
}

const sparkWish = ({ source, versions }: Requirement): Wish => ({
  source,
  text: `pyspark${versions}`,
  allows: ({ spark }) => allows(versions, spark),
  advice:
    "init's Dockerfile leaves yours out: ask for the image's version, so that your machine runs the same.",
});

const part = (row: BaseVersions, wish: Wish) =>
  wish.text.startsWith("pyspark") ? `PySpark ${row.spark}` : `Python ${row.python}`;

export interface ChosenVersions {
  readonly versions: BaseVersions;
  /** False when the config has to name them. */
  readonly isDefault: boolean;
  /** True when the project asks for a PySpark that the image does not have. */
  readonly otherSpark: boolean;
  readonly notes: readonly Note[];
}

/** The tested versions that fit best what the project asks for, and in plain words where they do not fit. */
export function chooseVersions(
  folder: ProjectFolder,
  pyproject: Pyproject | undefined,
  requirements: readonly Requirement[],
  matrix: readonly [BaseVersions, ...BaseVersions[]] = BASE_MATRIX,
): ChosenVersions {
  const python = pythonWishes(folder, pyproject);
  const spark = requirements.filter(({ name }) => name === "pyspark").map(sparkWish);
  const fits = (wishes: readonly Wish[]) => (row: BaseVersions) => wishes.every((wish) => wish.allows(row));
  const versions = matrix.find(fits([...python, ...spark])) ?? matrix.find(fits(python)) ?? matrix[0];
  const unmet = (wishes: readonly Wish[]) => wishes.filter((wish) => !wish.allows(versions));
  return {
    versions,
    isDefault: versions === matrix[0],
    otherSpark: unmet(spark).length > 0,
    notes: unmet([...python, ...spark]).map((wish) =>
      warning(
        `${wish.source} asks for ${wish.text}; the image has ${part(versions, wish)}, the tested one. ${wish.advice}`,
      ),
    ),
  };
}
