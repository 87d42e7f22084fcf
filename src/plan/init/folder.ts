/** What an adapter read of a project's folder: all that the plan of its files is made from. */
export interface ProjectFolder {
  readonly name: string;
  /** Paths of files, relative and with forward slashes, to their size in bytes. Without version control, environments and caches. */
  readonly files: ReadonlyMap<string, number>;
  /** The contents of the small ones that say what the project is. */
  readonly texts: ReadonlyMap<string, string>;
  /** Symbolic links by their paths, which are among the files too. */
  readonly links: ReadonlyMap<string, Link>;
  /** Folders that are virtual environments, of conda too. */
  readonly environments: readonly string[];
  /** This folder's path below the root of its Git repository: "" at the root, undefined where there is no repository. */
  readonly belowGitRoot: string | undefined;
  /** Top-level folders with so many files, or so deep ones, that not all were looked at. */
  readonly skipped: readonly string[];
}

export interface Link {
  /** As it is written in the link. */
  readonly target: string;
  /** `inside`: a relative link within the folder, which the image has too; else why the image lacks what it leads to. */
  readonly state: "inside" | "absolute" | "outside" | "missing";
  readonly toFolder: boolean;
}

export interface Note {
  readonly level: "info" | "warning";
  readonly text: string;
}

export const info = (text: string): Note => ({ level: "info", text });
export const warning = (text: string): Note => ({ level: "warning", text });

/** The first part of each path: what lies directly in the folder. */
export function topLevel(folder: ProjectFolder): { readonly folders: string[]; readonly files: string[] } {
  const paths = [...folder.files.keys()];
  const folders = paths.flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : []));
  return { folders: [...new Set(folders)].sort(), files: paths.filter((path) => !path.includes("/")).sort() };
}

export const filesIn = (folder: ProjectFolder, directory: string): string[] =>
  [...folder.files.keys()].filter((path) => path.startsWith(`${directory}/`)).sort();
