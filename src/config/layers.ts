import { type Config, configSchema } from "./schema.js";
import { listKeys } from "./schema-tree.js";
import { type ConfigTree, type Environment, isTree, type Place, placeKey, type Tree } from "./tree.js";

/** Values of `over` win; maps are merged key by key, lists are replaced. */
export function merge(under: Tree, over: Tree): Tree {
  const merged: Tree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const existing = Object.hasOwn(merged, key) ? merged[key] : undefined;
    merged[key] = isTree(existing) && isTree(value) ? merge(existing, value) : value;
  }
  return merged;
}

export interface MachineSettings {
  readonly tree: Tree;
  /** The variable that sets a key, by the key's place. */
  readonly variables: ReadonlyMap<string, string>;
}

/** What environment variables say for every project of this machine. */
export function machineSettings(env: Environment): MachineSettings {
  const variables = new Map<string, string>();
  let tree: Tree = {};
  for (const { path, notes } of listKeys()) {
    const value = notes.variable === undefined ? undefined : env[notes.variable];
    if (notes.variable === undefined || !value) continue;
    variables.set(placeKey(path), notes.variable);
    tree = merge(tree, path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree);
  }
  return { tree, variables };
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
