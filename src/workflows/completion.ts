import { readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { assetPath } from "../assets.js";
import { findConfigFile } from "../config/find.js";
import { recordedClusters } from "../state/names.js";

export type Shell = "bash" | "zsh" | "fish";

/** The script that a shell sources to complete our command lines. */
export const completionScript = (shell: Shell) =>
  readFileSync(assetPath(`completion/pyspark-deploy.${shell}`), "utf8").trimEnd();

async function profiles(file: string): Promise<string[]> {
  const { parse } = await import("yaml");
  const config = parse(readFileSync(file, "utf8")) as { profiles?: Record<string, unknown> } | null;
  return [...new Set(["local", ...Object.keys(config?.profiles ?? {})])];
}

/** Python files, and folders (with a slash) to look for them in, beside what is typed. */
function jobs(directory: string, typed: string): string[] {
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  return readdirSync(resolve(directory, folder), { withFileTypes: true })
    .filter(({ name }) => !/^[._]/.test(name) && name !== "node_modules")
    .flatMap((entry) => {
      if (entry.isDirectory()) return [`${folder}${entry.name}/`];
      return entry.name.endsWith(".py") ? [`${folder}${entry.name}`] : [];
    });
}

/** Names that a project has; read from its files alone, so that no Tab waits for an engine. */
export async function projectNames(
  source: "cluster" | "profile" | "job",
  directory: string,
  typed: string,
): Promise<string[]> {
  if (source === "job") return jobs(directory, typed);
  const file = findConfigFile(resolve(directory));
  if (file === undefined) return [];
  return source === "cluster" ? recordedClusters(dirname(file)) : profiles(file);
}
