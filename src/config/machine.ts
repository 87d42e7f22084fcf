import { z } from "zod";
import { ExitCode, UserError } from "../errors.js";
import { effectivePlace, merge } from "./layers.js";
import { listKeys } from "./schema-tree.js";
import { type ConfigTree, type Environment, placeKey, type Tree } from "./tree.js";
import { shown } from "./validate.js";

export interface MachineSettings {
  readonly tree: Tree;
  /** The variable that sets a key, by the key's place. */
  readonly variables: ReadonlyMap<string, string>;
}

/** The keys that variables of this environment set. */
const keysOf = (env: Environment) =>
  listKeys().flatMap((key) => {
    const { variable } = key.notes;
    const value = variable === undefined ? undefined : env[variable];
    return variable !== undefined && value ? [{ ...key, variable, value }] : [];
  });

/** What environment variables say for every project of this machine. */
export function machineSettings(env: Environment): MachineSettings {
  const keys = keysOf(env);
  const trees = keys.map(
    ({ path, value }) => path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree,
  );
  return {
    tree: trees.reduce(merge, {}),
    variables: new Map(keys.map(({ path, variable }) => [placeKey(path), variable])),
  };
}

/** @throws UserError (exit code 2) that names every variable with a wrong value, unless the file sets its key. */
export function failOnMachine(env: Environment, read: ConfigTree, profile: string): void {
  const wrong = keysOf(env).filter(
    ({ schema, value, path }) => !(effectivePlace(read, profile, path) || z.safeParse(schema, value).success),
  );
  if (wrong.length === 0) return;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: wrong
      .map(
        ({ variable, path, expected, value }) =>
          `Environment variable ${variable} sets ${path.join(".")}: expected ${expected}, got ${shown(value, { variables: [] })}`,
      )
      .join("\n"),
    hint: wrong
      .map(
        ({ variable, notes }) =>
          `Correct it: export ${variable}=${notes.examples?.[0]} (or do without: unset ${variable})`,
      )
      .join("\n"),
  });
}
