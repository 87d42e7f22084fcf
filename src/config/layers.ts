import { AWS_READY_TIMEOUT, type Config, configSchema, DEFAULT_DRIVER_MEMORY } from "./schema.js";
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

const hasOwn = (tree: unknown, [step, ...rest]: readonly string[]): boolean =>
  step === undefined || (isTree(tree) && Object.hasOwn(tree, step) && hasOwn(tree[step], rest));

/** The values of the top level that a profile has no use for, though it does not name them. */
function leftBehind(top: Tree, overrides: Tree): (readonly string[])[] {
  const { storage } = overrides;
  const toAws = overrides.provider === "aws" && top.provider !== "aws";
  const embedded = isTree(top.storage) && top.storage.s3 === "embedded";
  return [
    // The embedded server has no use for the AWS profile of the storage that it replaces.
    ...(isTree(storage) && storage.s3 === "embedded" ? [["storage", "profile"]] : []),
    // What describes this machine and its engine means nothing on AWS.
    ...(toAws ? [["worker", "cores"], ["worker", "memory"], ...(embedded ? [["storage", "s3"]] : [])] : []),
  ].filter((path) => !hasOwn(overrides, path));
}

/** The top level with a profile's overrides on it. */
export function applyProfile(top: Tree, overrides: Tree): Tree {
  return without(merge(top, overrides), leftBehind(top, overrides));
}

/** What applies where nothing is set, and the provider decides it. */
export function withProviderDefaults(tree: Tree): Tree {
  if (tree.provider !== "aws") return merge({ driver: { memory: DEFAULT_DRIVER_MEMORY } }, tree);
  const region = isTree(tree.aws) ? tree.aws.region : undefined;
  const storage = { s3: "aws", ...(region !== undefined && { region }) };
  return merge({ readyTimeout: AWS_READY_TIMEOUT, storage }, tree);
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

/** What a profile overrides; nothing when there is no such profile. */
export function overridesOf({ profiles }: Tree, profile: string): Tree {
  const overrides = isTree(profiles) && Object.hasOwn(profiles, profile) ? profiles[profile] : undefined;
  return isTree(overrides) ? overrides : {};
}

/** Where the value that counts is written: in the profile, else at the top level. */
export function effectivePlace(
  { tree, places }: ConfigTree,
  profile: string,
  path: readonly string[],
): EffectivePlace | undefined {
  const own = places.get(placeKey(["profiles", profile, ...path]));
  if (own) return { place: own, profile };
  const key = placeKey(path);
  if (leftBehind(tree, overridesOf(tree, profile)).some((left) => placeKey(left) === key)) return undefined;
  const top = places.get(key);
  return top && { place: top, profile: undefined };
}
