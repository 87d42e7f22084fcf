import { type Note, type ProjectFolder, warning } from "./folder.js";

const FILES = ["apt.txt", "packages.txt", "Aptfile"];
const NAME = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=\S+)?$/;

/** The file that lists Debian packages, one a line. */
export function findSystemPackages(folder: ProjectFolder): {
  file: string | undefined;
  notes: readonly Note[];
} {
  const file = FILES.find((name) => folder.texts.has(name));
  if (file === undefined) return { file, notes: [] };
  const names = (folder.texts.get(file) ?? "").split(/\r?\n/).map((line) => line.replace(/#.*/, "").trim());
  const odd = names.filter((name) => name !== "" && !name.split(/\s+/).every((word) => NAME.test(word)));
  if (odd.length === 0) return { file, notes: [] };
  return {
    file: undefined,
    notes: [
      warning(
        `${file} is not used: "${odd[0]}" is no name of a Debian package. List packages in apt.txt, one a line.`,
      ),
    ],
  };
}
