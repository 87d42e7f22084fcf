import { posix } from "node:path";
import { filesIn, info, type Note, type ProjectFolder, warning } from "./folder.js";
import { parseRequirement, type Requirement } from "./requirement.js";

export interface RequirementFiles {
  /** What pip is told to install, in this order. */
  readonly files: readonly string[];
  /** All that pip reads then: the files, what they include, and what they install from the project's folder. */
  readonly copies: readonly string[];
  /** Those of `files` that pin by hash. */
  readonly hashed: readonly string[];
  readonly requirements: readonly Requirement[];
  /** True where a line installs the project itself: the image does so when it has the code. */
  readonly installsProject: boolean;
  readonly notes: readonly Note[];
}

/** The first that is there is what the code needs. */
const MAIN = [
  "requirements.txt",
  "requirements/base.txt",
  "requirements/main.txt",
  "requirements/prod.txt",
  "requirements/production.txt",
  "requirements/requirements.txt",
  "requirements/common.txt",
  "requirements.in",
  "requirements/base.in",
];

const isTest = (path: string) =>
  /^((requirements[-_/])tests?(ing)?|tests?[-_]requirements)\.(txt|in)$/.test(path);
const isDev = (path: string) =>
  /^(requirements[-_/]dev(elopment)?|dev[-_]requirements)\.(txt|in)$/.test(path);

/** What tests need beside: pytest's plugins and the like. A file for developers counts when there is none for tests. */
function testFiles(folder: ProjectFolder): string[] {
  const paths = [...folder.files.keys()].sort();
  const tests = paths.filter(isTest);
  const dev = paths.filter((path) => isDev(path) && /^pytest/m.test(folder.texts.get(path) ?? ""));
  const [first] = tests.length > 0 ? tests : dev;
  // A lock file (.txt) is better than what it was made from (.in).
  const locked = first?.replace(/\.in$/, ".txt");
  return first === undefined ? [] : [locked !== undefined && folder.files.has(locked) ? locked : first];
}

function mainFiles(folder: ProjectFolder): string[] {
  const main = MAIN.find((path) => folder.files.has(path));
  if (main !== undefined) return [main];
  const others = [...folder.files.keys()].filter((path) => /^requirements\/[^/]+\.txt$/.test(path)).sort();
  return others.filter((path) => !isTest(path) && !isDev(path) && !/\/(docs?|lint)\.txt$/.test(path));
}

const lines = (text: string) =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");

const INCLUDE = /^(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)/;
const PROJECT = /^(?:(?:-e|--editable)[\s=]*)?\.\/?(?:\[[^\]]*\])?$/;
const LOCAL = /^(?:(?:-e|--editable)[\s=]*)?(?:file:)?(\.{1,2}\/\S+|[^\s:@]+\.(?:whl|tar\.gz|zip))$/;

export function readRequirementFiles(folder: ProjectFolder): RequirementFiles {
  const main = mainFiles(folder);
  const files = [...main, ...testFiles(folder)];
  const copies = new Set<string>();
  const requirements: Requirement[] = [];
  const notes: Note[] = [];
  let installsProject = false;

  const readLine = (line: string, source: string) => {
    const included = INCLUDE.exec(line)?.[1];
    const local = LOCAL.exec(line)?.[1];
    if (included !== undefined) return read(posix.join(posix.dirname(source), included), source);
    if (PROJECT.test(line)) installsProject = true;
    else if (local !== undefined) copyLocal(posix.normalize(local), line, source);
    else requirements.push(...[parseRequirement(line, source)].filter((found) => found !== undefined));
  };
  const copyLocal = (path: string, line: string, source: string) => {
    if (folder.files.has(path)) copies.add(path);
    else if (filesIn(folder, path.replace(/\/$/, "")).length > 0) copies.add(`${path.replace(/\/$/, "")}/`);
    else
      notes.push(
        warning(
          `${source} installs ${line}, which is outside of this folder: a build can't see it. Copy it in.`,
        ),
      );
  };
  const read = (path: string, from: string) => {
    if (copies.has(path)) return;
    const text = folder.texts.get(path);
    if (text === undefined)
      return void notes.push(warning(`${from} reads ${path}, which is not there: the build will fail.`));
    copies.add(path);
    for (const line of lines(text)) readLine(line, path);
  };
  const hashed = files.filter((file) => {
    const before = copies.size;
    read(file, file);
    return [...copies].slice(before).some((path) => /\s--hash[=\s]/.test(folder.texts.get(path) ?? ""));
  });
  if (main.length > 0 && files.length > main.length)
    notes.push(
      info(`${files.slice(main.length).join(", ")}: installed too, because tests run in the same image.`),
    );
  return { files, copies: [...copies], hashed, requirements, installsProject, notes };
}
