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

/** A copy without the value at a path; a list goes as a whole. */
function without(tree: Tree, [step, ...rest]: readonly PropertyKey[]): Tree {
  const name = String(step);
  const { [name]: value, ...others } = tree;
  return rest.length > 0 && isTree(value) ? { ...others, [name]: without(value, rest) } : others;
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
  const { profiles: _profiles, ...config } = configSchema.parse(aside.reduce<Tree>(without, tree));
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
