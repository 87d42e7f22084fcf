import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Document, isMap, isScalar, LineCounter, type Node, parse, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { ExitCode, UserError } from "../errors.js";
import { projectName } from "../plan/project-name.js";
import { interpolate } from "./interpolate.js";
import { type Config, configSchema } from "./schema.js";

export const CONFIG_FILE = "pyspark-deploy.yaml";

export interface LoadedConfig {
  readonly config: Config;
  /** The folder of the config file: where paths in it start and the record is kept. */
  readonly directory: string;
  /** The profile that was applied, and the name that a cluster gets by default. */
  readonly profile: string;
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The config file of the folder or of one above it. */
export function findConfigFile(from: string): string | undefined {
  const file = join(from, CONFIG_FILE);
  if (existsSync(file)) return file;
  return dirname(from) === from ? undefined : findConfigFile(dirname(from));
}

/** Where in the text a value stands; the nearest parent's place when the value itself is missing. */
function positionOf(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { line: number; column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const steps = path.slice(0, length);
    const node = (length === 0 ? document.contents : document.getIn(steps, true)) as Node | null | undefined;
    const parent = (
      length === 0 ? null : length === 1 ? document.contents : document.getIn(steps.slice(0, -1), true)
    ) as Node | null;
    const key = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === steps.at(-1))?.key
      : undefined;
    const range = (isScalar(key) ? key.range : undefined) ?? node?.range;
    if (range) {
      const { line, col } = lines.linePos(range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

/** Interpolates every string scalar in place; returns what could not be resolved. */
function interpolateDocument(document: Document, env: Environment): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(key, node, parents) {
      if (key === "key" || typeof node.value !== "string") return;
      const { text, missing } = interpolate(node.value, env);
      // Unquoted, a variable may stand for a number or a truth value, as any other plain scalar.
      node.value = text !== node.value && node.type === "PLAIN" ? parse(text) : text;
      const path = parents.flatMap((parent) =>
        "key" in parent && isScalar(parent.key) ? [String(parent.key.value)] : [],
      );
      for (const name of missing) {
        problems.push({
          path,
          message: `environment variable ${name} is not set; write \${${name}:-default} to give it a default`,
        });
      }
    },
  });
  return problems;
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Values of `over` win; maps are merged key by key, lists are replaced. */
function merge(under: Tree, over: Tree): Tree {
  const merged: Tree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const existing = merged[key];
    merged[key] = isTree(existing) && isTree(value) ? merge(existing, value) : value;
  }
  return merged;
}

function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: `unknown key "${key}"` }));
  }
  return [{ path: issue.path, message: issue.message }];
}

function failOn(problems: readonly Problem[], file: string, document: Document, lines: LineCounter): void {
  if (problems.length === 0) return;
  const described = problems.map(({ path, message }) => {
    const { line, column } = positionOf(document, lines, path);
    return `${file}:${line}:${column}: ${path.length > 0 ? `${path.map(String).join(".")}: ` : ""}${message}`;
  });
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `${basename(file)} has ${problems.length === 1 ? "an error" : `${problems.length} errors`}:\n${described.join("\n")}`,
    hint: "See docs/config.md for every key.",
  });
}

export interface LoadOptions {
  /** The folder to search from, upwards. */
  readonly directory: string;
  /** A config file to use instead of searching. */
  readonly file?: string | undefined;
  readonly profile?: string | undefined;
  readonly env: Environment;
}

/**
 * Reads and validates the config. Without a profile the built-in one, `local`, applies.
 * @throws UserError (exit code 2) that lists every problem with file:line:column.
 */
export function loadConfig({ directory, file, profile = "local", env }: LoadOptions): LoadedConfig {
  const path = file === undefined ? findConfigFile(resolve(directory)) : resolve(directory, file);
  if (path === undefined || !existsSync(path)) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `There is no ${file ?? CONFIG_FILE} in ${directory}${file ? "" : " or a folder above it"}.`,
      hint: "Make one, with all that a project needs: pyspark-deploy init",
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, "utf8"), { lineCounter: lines });
  const syntax = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return `${path}:${line}:${col}: ${error.message.split("\n")[0]}`;
  });
  if (syntax.length > 0) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${basename(path)} is not valid YAML:\n${syntax.join("\n")}`,
    });
  }
  const unresolved = interpolateDocument(document, env);
  const tree: unknown = document.toJS() ?? {};
  if (!isTree(tree)) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${path}:1:1: expected keys and values, such as "project: name"`,
    });
  }
  const profiles = isTree(tree.profiles) ? tree.profiles : {};
  if (profile !== "local" && !(profile in profiles)) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `There is no profile "${profile}" in ${path}; there are: ${["local", ...Object.keys(profiles)].join(", ")}.`,
    });
  }
  const overrides = isTree(profiles[profile]) ? profiles[profile] : {};
  const parsed = configSchema.safeParse(merge(tree, overrides));
  const issues = parsed.success ? [] : parsed.error.issues.flatMap(describeIssue);
  const placed = issues.map((issue) => ({
    ...issue,
    path: document.hasIn(issue.path) ? issue.path : profilePath(document, profile, issue.path),
  }));
  failOn([...unresolved, ...placed], path, document, lines);
  if (!parsed.success) throw parsed.error;
  const { profiles: _profiles, project, ...rest } = parsed.data;
  return {
    config: { ...rest, project: project ?? projectName(basename(dirname(path))) },
    directory: dirname(path),
    profile,
  };
}

function profilePath(
  document: Document,
  profile: string,
  path: readonly PropertyKey[],
): readonly PropertyKey[] {
  const inProfile = ["profiles", profile, ...path];
  return document.hasIn(inProfile) ? inProfile : path;
}
