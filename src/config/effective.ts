import { chooseBase } from "./base-matrix.js";
import { effectivePlace } from "./layers.js";
import type { ResolvedConfig } from "./load.js";
import { positionOf } from "./problem.js";
import type { Config } from "./schema.js";
import { type ListedKey, listKeys } from "./schema-tree.js";
import { isSecretName, MASK, maskText } from "./secrets.js";
import { isTree, placeKey } from "./tree.js";

/** Who decided a value. */
export type ValueSource =
  | { readonly kind: "default"; readonly note?: string | undefined }
  | { readonly kind: "environment"; readonly variable: string }
  | {
      readonly kind: "file";
      readonly line: number;
      readonly column: number;
      /** The profile in which it is set; absent for the top level. */
      readonly profile?: string | undefined;
      /** Environment variables that the value was taken from. */
      readonly variables?: readonly string[] | undefined;
    };

export interface EffectiveValue {
  readonly key: string;
  /** Secrets are masked; undefined where the default is not one value. */
  readonly value: unknown;
  readonly source: ValueSource;
}

function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => (isTree(value) ? value[step] : undefined), config);
}

function masked(value: unknown, hidden: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, hidden));
  if (hidden && value !== undefined) return MASK;
  return typeof value === "string" ? maskText(value) : value;
}

function sourceOf(resolved: ResolvedConfig, path: readonly string[], key: ListedKey): ValueSource {
  const found = effectivePlace(resolved.read, resolved.loaded.profile, path);
  if (found) {
    const { place, profile } = found;
    const { variables } = place;
    return {
      kind: "file",
      ...positionOf(resolved.source, place.key),
      ...(profile !== undefined && { profile }),
      ...(variables.length > 0 && { variables }),
    };
  }
  const variable = resolved.machine.variables.get(placeKey(path));
  if (variable !== undefined) return { kind: "environment", variable };
  const { defaultNote: note } = key.notes;
  return { kind: "default", ...(note !== undefined && { note }) };
}

/** The paths of a key's values: one for each entry of a record. */
function pathsOf({ kind, path }: ListedKey, config: unknown): (readonly string[])[] {
  const value = valueAt(config, path);
  if (kind !== "record" || !isTree(value)) return [path];
  const names = Object.keys(value);
  return names.length === 0 ? [path] : names.map((name) => [...path, name]);
}

const inList = (resolved: ResolvedConfig, path: readonly string[]): readonly string[] => {
  const { profile } = resolved.loaded;
  const found = effectivePlace(resolved.read, profile, path);
  const prefix = `${placeKey(found?.profile === undefined ? path : ["profiles", profile, ...path])}\0`;
  return [...resolved.read.places].flatMap(([key, place]) => (key.startsWith(prefix) ? place.variables : []));
};

/** The config with the versions that the tested matrix adds to those that were asked for. */
function withVersions(config: Config): Config {
  const { spark, python, java } = chooseBase(config.image.base) ?? {};
  return { ...config, image: { ...config.image, base: { ...config.image.base, spark, python, java } } };
}

/** Every value that applies, with its source; nothing in it is secret. */
export function effectiveValues(resolved: ResolvedConfig): EffectiveValue[] {
  const config = withVersions(resolved.loaded.config);
  const keys = listKeys().filter(({ kind, path }) => kind !== "section" && path[0] !== "profiles");
  return keys.flatMap((key) =>
    pathsOf(key, config).map((path) => {
      const source = sourceOf(resolved, path, key);
      const variables = [
        ...(source.kind === "file" ? (source.variables ?? []) : []),
        ...(key.kind === "list" ? inList(resolved, path) : []),
      ];
      const hidden = isSecretName(path.at(-1) ?? "") || variables.some(isSecretName);
      return {
        key: path.join("."),
        value: masked(valueAt(config, path) ?? key.notes.fallback, hidden),
        source,
      };
    }),
  );
}
