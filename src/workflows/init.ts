import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { appendToFile, writeNewFile } from "../adapters/new-files.js";
import { readProjectFolder } from "../adapters/project-folder.js";
import { assetPath } from "../assets.js";
import { CONFIG_FILE, findConfigFile } from "../config/find.js";
import { loadConfig } from "../config/load.js";
import type { Context } from "../context.js";
import { ExitCode, InterruptedError, UserError } from "../errors.js";
import type { Templates } from "../plan/init/dockerfile.js";
import type { Note } from "../plan/init/folder.js";
import { type InitPlan, type InitSettings, planInit } from "../plan/init/plan.js";
import { STATE_DIRECTORY } from "../state/record.js";

export interface InitResult {
  readonly directory: string;
  readonly project: string;
  readonly written: readonly string[];
  /** Files that got lines added at their end. */
  readonly changed: readonly string[];
  readonly kept: readonly { readonly path: string; readonly why: string }[];
  readonly notes: readonly Note[];
  /** A job to try first. */
  readonly job: string;
}

async function readTemplates(): Promise<Templates> {
  const folder = assetPath("templates");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return Object.fromEntries(
    files.map((file, index) => [file.slice(folder.length + 1).replaceAll("\\", "/"), texts[index] ?? ""]),
  );
}

/** One project in another is seldom meant: verbs would take the inner one from there on. */
function refuseInsideProject(directory: string, config: string | undefined): void {
  if (config === undefined || dirname(config) === directory) return;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `${directory} is part of the project in ${dirname(config)}, which has a ${CONFIG_FILE}: verbs find it from here too.`,
    hint: `Complete that one: pyspark-deploy -C ${JSON.stringify(dirname(config))} init. Or make this folder a project of its own: touch ${CONFIG_FILE}; pyspark-deploy init`,
  });
}

/** The Dockerfile that the config names, unless it is the one that init would write. */
function configuredDockerfile(context: Context, directory: string): InitSettings["ownDockerfile"] {
  const { image } = loadConfig({ directory, env: context.env }).config;
  const path = join(image.context, image.dockerfile);
  return path === "Dockerfile" ? undefined : { path, exists: existsSync(resolve(directory, path)) };
}

function showPlan({ report }: Context, directory: string, { write, append, kept, notes }: InitPlan): void {
  for (const { level, text } of notes) report.note(text, level);
  for (const { path, why } of kept) report.note(`  kept: ${path} (${why})`);
  if (write.length + append.length > 0) report.note(`In ${directory}:`);
  for (const { path, about } of write) report.note(`  new: ${path}: ${about}`);
  for (const { path, about } of append) report.note(`  changed: ${path}: ${about}`);
}

async function agree(context: Context): Promise<boolean> {
  const agreed = await context.confirm("Write these files?", true).catch((error: unknown) => {
    if (error instanceof InterruptedError) throw new InterruptedError("Interrupted: nothing was written.");
    throw error;
  });
  if (agreed !== undefined) return agreed;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: "init asks before it writes, and there is no terminal to ask on: nothing was written.",
    hint: "Say yes beforehand: pyspark-deploy init --yes",
  });
}

async function carryOut(directory: string, { write, append, kept }: InitPlan) {
  const written: string[] = [];
  const late: { path: string; why: string }[] = [];
  for (const { path, content } of write) {
    if (await writeNewFile(directory, path, content)) written.push(path);
    else late.push({ path, why: "it was made meanwhile" });
  }
  for (const { path, content } of append) await appendToFile(directory, path, content);
  return { written, changed: append.map(({ path }) => path), kept: [...kept, ...late] };
}

/**
 * Makes a folder with Python code a project: finds out what it is, says what it will write, asks, and writes.
 * @throws UserError where the folder is none, is part of another project, or nobody can be asked.
 */
export async function initProject(context: Context, options: { readonly yes: boolean }): Promise<InitResult> {
  const directory = resolve(context.directory);
  const config = findConfigFile(directory);
  refuseInsideProject(directory, config);
  const plan = planInit(await readProjectFolder(directory), {
    templates: await readTemplates(),
    version: context.version,
    stateDirectory: STATE_DIRECTORY,
    ownDockerfile: config === undefined ? undefined : configuredDockerfile(context, directory),
  });
  showPlan(context, directory, plan);
  const { project, notes, job } = plan;
  const nothing = plan.write.length + plan.append.length === 0;
  if (nothing || !(options.yes || (await agree(context))))
    return { directory, project, written: [], changed: [], kept: plan.kept, notes, job };
  return { directory, project, ...(await carryOut(directory, plan)), notes, job };
}
