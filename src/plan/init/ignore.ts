import dockerignore from "@balena/dockerignore";
import ignore from "ignore";
import { fillTemplate } from "../template.js";
import { filesIn, type Note, type ProjectFolder, warning } from "./folder.js";
import type { Project } from "./project.js";
import { shellWord } from "./shell-word.js";

export const DOCKERIGNORE = ".dockerignore";

/** Usual names of files with secrets. */
const SECRETS = [
  "**/.env",
  "**/.env.*",
  "**/.envrc",
  "**/.netrc",
  "**/.pypirc",
  "**/.aws",
  "**/.ssh",
  "**/*.pem",
  "**/*.key",
  "**/id_rsa",
  "**/id_ed25519",
  "**/*credentials*.json",
];

/** True where the rules of a .dockerignore leave out a path; of a folder (a slash at its end), where they leave out all of it. */
export function leavesOut(folder: ProjectFolder, rules: string, path: string): boolean {
  const { ignores } = rulesOf(rules);
  const name = path.replace(/\/$/, "");
  const below = path === name ? [] : filesIn(folder, name);
  return below.length > 0 ? below.every(ignores) : ignores(name);
}

function rulesOf(rules: string) {
  const all = dockerignore.default().add(rules);
  return { ignores: (path: string) => all.ignores(path) };
}

const secrets = rulesOf(SECRETS.join("\n"));
export const isSecret = (path: string): boolean => secrets.ignores(path.replace(/\/$/, ""));

/** True for a path, or a folder with a slash at its end, that a fresh clone does not have. */
export function gitIgnores(folder: ProjectFolder, path: string): boolean {
  const rules = ignore().add(folder.texts.get(".gitignore") ?? "");
  const below = path.endsWith("/") ? filesIn(folder, path.slice(0, -1)) : [];
  return rules.ignores(path) || (below.length > 0 && below.every((file) => rules.ignores(file)));
}

/** Models that a build on a fresh clone, as in CI, has not got. */
export function missingInClones(folder: ProjectFolder, { large }: Project): Note[] {
  const rules = ignore().add(folder.texts.get(".gitignore") ?? "");
  const isPartly = (path: string) =>
    filesIn(folder, path.replace(/\/$/, "")).some((file) => rules.ignores(file));
  return large.layers
    .filter((path) => rules.ignores(path) || isPartly(path))
    .map((path) =>
      warning(
        `Git ignores ${path} or a part of it, and the image needs it: a build in CI or of a fresh clone fails or lacks it unless a step before gets it.`,
      ),
    );
}

export function renderIgnore(
  { large, dependencies }: Project,
  folder: ProjectFolder,
  template: string,
): string {
  const rules = fillTemplate(template, {
    environments: folder.environments.filter((path) => path !== ".venv" && path !== "venv"),
    secrets: SECRETS,
    data: large.data.length > 0 ? ["# Large data: jobs read it from S3.", ...large.data] : [],
  });
  const installed = [...dependencies.files.copies, ...(dependencies.lock?.local ?? [])];
  const takenIn = installed.filter((path) => leavesOut(folder, rules, path));
  if (takenIn.length === 0) return rules;
  return `${rules}# pip installs these.\n${takenIn.map((path) => `!${path.replace(/\/$/, "")}\n`).join("")}`;
}

/** The command that adds a rule, on a line of its own. */
const add = (rules: string, rule: string) =>
  `${rules === "" || rules.endsWith("\n") ? "" : `echo >> ${DOCKERIGNORE}; `}echo ${shellWord(rule)} >> ${DOCKERIGNORE}`;

/** What a .dockerignore of the project's own lets into the image, and should not. */
export function letInNotes(folder: ProjectFolder, { large }: Project, stateDirectory: string): Note[] {
  const rules = folder.texts.get(DOCKERIGNORE);
  if (rules === undefined) return [];
  const unwanted: (readonly [path: string, because: string])[] = [
    ...[...folder.files.keys()].filter(isSecret).map((path) => [path, "it looks like a secret"] as const),
    ...(folder.belowGitRoot === "" ? [[".git", "each commit asks for a new image"] as const] : []),
    ...folder.environments.map((path) => [path, "an environment of another machine"] as const),
    ...large.data.map((path) => [path, "data belongs on S3"] as const),
  ];
  const { ignores } = rulesOf(rules);
  return [
    ...(ignores(stateDirectory)
      ? []
      : [
          warning(
            `Your .dockerignore does not leave out ${stateDirectory}, where secrets of clusters are: build refuses that. Add it: ${add(rules, stateDirectory)}`,
          ),
        ]),
    ...unwanted
      .filter(([path]) => !ignores(path))
      .map(([path, because]) =>
        warning(
          `Your .dockerignore lets ${path} into the image (${because}). Leave it out: ${add(rules, path)}`,
        ),
      ),
  ];
}

/** What init's Dockerfile copies, and a .dockerignore of the project's own leaves out: the build would fail. */
export function leftOutNotes(folder: ProjectFolder, project: Project): Note[] {
  const rules = folder.texts.get(DOCKERIGNORE);
  if (rules === undefined) return [];
  const { dependencies, code, large, systemFile } = project;
  const copied = new Set([
    ...(dependencies.lock?.copies ?? []),
    ...(dependencies.lock?.local ?? []),
    ...(dependencies.pyproject === undefined ? [] : ["pyproject.toml"]),
    ...dependencies.files.copies,
    ...(systemFile === undefined ? [] : [systemFile]),
    ...(code.layout.kind === "installed" ? code.layout.copies : []),
    ...large.layers,
  ]);
  return [...copied]
    .filter((path) => leavesOut(folder, rules, path))
    .map((path) =>
      warning(
        `Your .dockerignore leaves out ${path}, which the Dockerfile copies: the build will fail. Take it in: ${add(rules, `!${path.replace(/\/$/, "")}`)}`,
      ),
    );
}

/** Files that init's own .dockerignore takes for secrets by their names: a certificate may be none. */
export const secretNotes = ({ files }: ProjectFolder): Note[] =>
  [...files.keys()]
    .filter((path) => isSecret(path) && !/(^|\/)\.[^/]+$/.test(path))
    .map((path) =>
      warning(
        `${path} looks like a secret: it is left out of the image. If it is none, take it in: echo ${shellWord(`!${path}`)} >> ${DOCKERIGNORE}`,
      ),
    );
