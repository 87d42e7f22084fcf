import { type Config, configSchema } from "./schema.js";
import { type ConfigTree, isTree, type Place, placeKey, type Tree } from "./tree.js";

/** Values of `over` win; maps are merged key by key, lists are replaced. */
export function merge(under: Tree, over: Tree): Tree {
  const merged: Tree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const existing = Object.hasOwn(merged, key) ? merged[key] : undefined;
    merged[key] = isTree(existing) && isTree(value) ? merge(existing, value) : value;
  }
  return merged;
}

/** The top level with a profile's overrides on it. */
export function applyProfile(top: Tree, overrides: Tree): Tree {
  const merged = merge(top, overrides);
  const { storage } = overrides;
  // The embedded server has no use for the AWS profile of the storage that it replaces.
  const replaced = isTree(storage) && storage.s3 === "embedded" && !Object.hasOwn(storage, "profile");
  return replaced ? without(merged, [["storage", "profile"]]) : merged;
}

/** A copy without the values at these paths; a list goes as a whole. */
function without(tree: Tree, paths: readonly (readonly PropertyKey[])[]): Tree {
  const below = new Map<string, (readonly PropertyKey[])[]>();
  for (const [step, ...rest] of paths) {
    const name = String(step);
    const rests = below.get(name);
    if (rests) rests.push(rest);
    else below.set(name, [rest]);
  }
  const kept = Object.entries(tree).flatMap(([name, value]): [string, unknown][] => {
    const rests = below.get(name);
    if (!rests) return [[name, value]];
    return isTree(value) && rests.every(({ length }) => length > 0) ? [[name, without(value, rests)]] : [];
  });
  return Object.fromEntries(kept);
}

export interface LenientConfig {
  readonly config: Omit<Config, "project"> & { readonly project?: string | undefined };
  /** Paths of the values that were put aside. */
  readonly aside: readonly (readonly PropertyKey[])[];
}

/** The config that is left when every wrong value is put aside. */
export function parseLeniently(tree: Tree): LenientConfig {
  const { error } = configSchema.safeParse(tree);
  const aside = (error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  const { profiles: _profiles, ...config } = configSchema.parse(without(tree, aside));
  return { config, aside };
}

export interface EffectivePlace {
  readonly place: Place;
  /** The profile in which it is written; undefined for the top level. */
  readonly profile: string | undefined;
}

/** Where the value that counts is written: in the profile, else at the top level. */
export function effectivePlace(
  { places }: ConfigTree,
  profile: string,
  path: readonly string[],
): EffectivePlace | undefined {
  const own = places.get(placeKey(["profiles", profile, ...path]));
  if (own) return { place: own, profile };
  const top = places.get(placeKey(path));
  return top && { place: top, profile: undefined };
}
