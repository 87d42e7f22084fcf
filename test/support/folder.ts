import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Templates } from "../../src/plan/init/dockerfile.js";
import type { ProjectFolder } from "../../src/plan/init/folder.js";

/** A folder as the adapter would have read it: paths to contents, or to sizes in bytes. */
export function folderOf(
  contents: Readonly<Record<string, string | number>>,
  more: Partial<ProjectFolder> = {},
): ProjectFolder {
  const entries = Object.entries(contents);
  return {
    name: "my project",
    files: new Map(
      entries.map(([path, content]) => [path, typeof content === "number" ? content : content.length]),
    ),
    texts: new Map(
      entries.flatMap(([path, content]) => (typeof content === "string" ? [[path, content]] : [])),
    ),
    links: new Map(),
    environments: [],
    belowGitRoot: undefined,
    skipped: [],
    ...more,
  };
}

/** The real templates. */
export function readTemplates(): Templates {
  const folder = new URL("../../assets/templates", import.meta.url).pathname;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}
