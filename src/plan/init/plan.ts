import { friendlyBaseReference } from "../image-plan.js";
import { fillTemplate } from "../template.js";
import { renderDockerfile, type Templates } from "./dockerfile.js";
import { type Note, type ProjectFolder, topLevel, warning } from "./folder.js";
import {
  DOCKERIGNORE,
  gitIgnores,
  isSecret,
  leavesOut,
  leftOutNotes,
  letInNotes,
  missingInClones,
  renderIgnore,
  secretNotes,
} from "./ignore.js";
import { FIRST_JOB, FIRST_TEST } from "./layout.js";
import { asCopied, leadsNowhere, linkNotes } from "./links.js";
import { describeProject, type Project, REQUIREMENTS } from "./project.js";

export interface PlannedFile {
  readonly path: string;
  readonly content: string;
  /** What it is for, in a few words. */
  readonly about: string;
}

/** What init does to a folder. Nothing that exists is replaced. */
export interface InitPlan {
  readonly project: string;
  readonly write: readonly PlannedFile[];
  /** Lines added at the end of a file that exists. */
  readonly append: readonly PlannedFile[];
  readonly kept: readonly { readonly path: string; readonly why: string }[];
  readonly notes: readonly Note[];
  /** The job to try first. */
  readonly job: string;
}

export interface InitSettings {
  readonly templates: Templates;
  /** Of this CLI. */
  readonly version: string;
  /** The folder for clusters' records. */
  readonly stateDirectory: string;
  /** Set where the config that is there already names another build: then its Dockerfile is none of ours. */
  readonly ownDockerfile?: { readonly path: string; readonly exists: boolean } | undefined;
}

const DOCKERFILE = "Dockerfile";
const GITIGNORE = ".gitignore";
const WORKFLOW = ".github/workflows/pyspark-deploy.yml";

/** What a build copies as code: all that lies in the folder once init is done, but for what is ignored or has its own layer. */
function codeEntries(
  folder: ProjectFolder,
  { large }: Project,
  written: readonly string[],
  rules: string,
): string[] {
  const { folders, files } = topLevel(folder);
  const added = written.map((path) => path.replace(/\/.*/, "/"));
  const links = files.map((path) => asCopied(folder, path));
  const entries = new Set([...links, ...folders.map((name) => `${name}/`), ...added]);
  const belongs = (entry: string) =>
    !leadsNowhere(folder, entry) &&
    !large.layers.includes(entry) &&
    !entry.startsWith(".") &&
    !isSecret(entry) &&
    !gitIgnores(folder, entry) &&
    !leavesOut(folder, rules, entry);
  return [...entries].filter(belongs).sort();
}

function renderTest({ code }: Project, templates: Templates): string {
  const importsFirstJob = code.jobs.length === 0 && !code.hasJobsModule;
  const packages = code.layout.packages.map((name) => JSON.stringify(name)).join(", ");
  return fillTemplate(templates[importsFirstJob ? "test_job.py" : "test_session.py"] ?? "", {
    imports: packages === "" ? [] : ["from importlib import import_module", "", "import pytest"],
    packageTests: packages === "" ? [] : [fillTemplate(templates["test_packages.py"] ?? "", { packages })],
  });
}

function renderConfig(project: Project, templates: Templates): string {
  const { spark, python, java } = project.versions;
  return fillTemplate(templates["pyspark-deploy.yaml"] ?? "", {
    project: project.name,
    image: project.isDefaultVersions
      ? []
      : [fillTemplate(templates["image-versions.yaml"] ?? "", { spark, python, java })],
  });
}

function plannedFiles(folder: ProjectFolder, project: Project, settings: InitSettings): PlannedFile[] {
  const { templates, version, stateDirectory, ownDockerfile } = settings;
  const ignoreFile = renderIgnore(project, folder, templates.dockerignore ?? "");
  const directory = folder.belowGitRoot ? ` -C ${JSON.stringify(folder.belowGitRoot)}` : "";
  const others: PlannedFile[] = [
    { path: DOCKERIGNORE, content: ignoreFile, about: "what the image does not need" },
    {
      path: "pyspark-deploy.yaml",
      content: renderConfig(project, templates),
      about: "the config, with comments",
    },
    ...(project.declaresNothing
      ? [{ path: REQUIREMENTS, content: templates[REQUIREMENTS] ?? "", about: "pip packages: none yet" }]
      : []),
    ...(project.code.jobs.length === 0
      ? [{ path: FIRST_JOB, content: templates["first_job.py"] ?? "", about: "a first job" }]
      : []),
    ...(project.code.hasTests
      ? []
      : [{ path: FIRST_TEST, content: renderTest(project, templates), about: "a first test" }]),
    {
      path: WORKFLOW,
      content: fillTemplate(templates["workflow.yml"] ?? "", { version, directory }),
      about: "GitHub runs the tests in the same image",
    },
    {
      path: GITIGNORE,
      content: `${stateDirectory}/\n`,
      about: "keeps clusters' records and secrets out of Git",
    },
  ];
  if (ownDockerfile !== undefined) return others;
  const rules = folder.texts.get(DOCKERIGNORE) ?? ignoreFile;
  const entries = codeEntries(
    folder,
    project,
    others.map(({ path }) => path),
    rules,
  );
  const dockerfile = renderDockerfile(project, entries, templates);
  return [
    { path: DOCKERFILE, content: dockerfile, about: "the image: what your code needs, then your code" },
    ...others,
  ];
}

/** What an existing .gitignore lacks, in its own line ends. */
function gitignoreAddition(existing: string | undefined, stateDirectory: string): PlannedFile[] {
  const lines = existing?.split(/\r?\n/).map((line) => line.trim().replace(/^(\*\*)?\/|\/$/g, ""));
  if (existing === undefined || lines?.includes(stateDirectory)) return [];
  const end = existing.includes("\r\n") ? "\r\n" : "\n";
  const start = existing === "" || existing.endsWith("\n") ? "" : end;
  return [
    {
      path: GITIGNORE,
      content: `${start}${stateDirectory}/${end}`,
      about: `one line more, ${stateDirectory}/, because secrets of clusters are in there`,
    },
  ];
}

/** What a Dockerfile or .dockerignore that is kept needs in order to work, and what a new one leaves out. */
function keptNotes(folder: ProjectFolder, project: Project, settings: InitSettings): Note[] {
  const { ownDockerfile, stateDirectory } = settings;
  const dockerfile = ownDockerfile === undefined ? folder.texts.get(DOCKERFILE) : undefined;
  const base = friendlyBaseReference(project.versions);
  return [
    ...(dockerfile !== undefined && !/PYSPARK_DEPLOY_BASE|pyspark-deploy\/base/.test(dockerfile)
      ? [
          warning(
            `Your Dockerfile does not start from the base image, which has Spark. It has to begin with these lines, and to copy your code to /app:\n    ARG PYSPARK_DEPLOY_BASE=${base}\n    FROM \${PYSPARK_DEPLOY_BASE}\n    COPY . .\n  Or let init write one: mv Dockerfile Dockerfile.before; pyspark-deploy init`,
          ),
        ]
      : []),
    ...(ownDockerfile?.exists === false
      ? [
          warning(
            `pyspark-deploy.yaml names ${ownDockerfile.path} as the Dockerfile, and it is not there: write it, or delete image.dockerfile and image.context and let init write one: pyspark-deploy init`,
          ),
        ]
      : []),
    ...linkNotes(folder),
    ...letInNotes(folder, project, stateDirectory),
    ...(ownDockerfile === undefined && dockerfile === undefined ? leftOutNotes(folder, project) : []),
    ...(folder.files.has(DOCKERIGNORE) ? [] : secretNotes(folder)),
    ...missingInClones(folder, project),
  ];
}

function workflowNotes({ belowGitRoot }: ProjectFolder): Note[] {
  if (!belowGitRoot) return [];
  return [
    warning(
      `GitHub reads workflows only at the root of a repository, and this folder is ${belowGitRoot} in one: move ${WORKFLOW} there. It says where the project is.`,
    ),
  ];
}

/** @throws UserError when a file that says what the project is can't be parsed. */
export function planInit(folder: ProjectFolder, settings: InitSettings): InitPlan {
  const project = describeProject(folder);
  const { ownDockerfile } = settings;
  const planned = plannedFiles(folder, project, settings);
  const append = gitignoreAddition(folder.texts.get(GITIGNORE), settings.stateDirectory);
  const write = planned.filter(({ path }) => !folder.files.has(path));
  const kept = planned
    .filter(({ path }) => folder.files.has(path) && !append.some((added) => added.path === path))
    .map(({ path }) => ({ path, why: "it exists" }));
  const own = ownDockerfile?.exists
    ? [{ path: ownDockerfile.path, why: "pyspark-deploy.yaml names it" }]
    : [];
  return {
    project: project.name,
    write,
    append,
    kept: [...own, ...kept],
    notes: [
      // How init lays out a Dockerfile matters only where it writes one.
      ...project.notes.filter(
        ({ level }) => level === "warning" || write.some(({ path }) => path === DOCKERFILE),
      ),
      ...keptNotes(folder, project, settings),
      ...(write.some(({ path }) => path === WORKFLOW) ? workflowNotes(folder) : []),
    ],
    job: project.code.jobs[0] ?? FIRST_JOB,
  };
}
