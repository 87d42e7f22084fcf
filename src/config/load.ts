import { dirname } from "node:path";
import {
  applyProfile,
  effectivePlace,
  type LenientConfig,
  merge,
  overridesOf,
  parseLeniently,
  withProviderDefaults,
} from "./layers.js";
import { failOnMachine, type MachineSettings, machineSettings } from "./machine.js";
import { type ConfigText, failOn, type Problem } from "./problem.js";
import { type RoleToTake, roleToTake } from "./role.js";
import { contradictions } from "./rules.js";
import type { Config } from "./schema.js";
import { folderName, readSource } from "./source.js";
import { nearest } from "./suggest.js";
import { parseYaml } from "./syntax.js";
import { type ConfigTree, type Environment, isTree, placeKey, readTree, type Tree } from "./tree.js";
import { schemaProblems } from "./validate.js";

/** The profile that needs no definition. */
const BUILT_IN = "local";

export interface LoadedConfig {
  readonly config: Config;
  /** The folder of the config file: where paths in it start and the record is kept. */
  readonly directory: string;
  /** The profile that was applied, and the name that a cluster gets by default. */
  readonly profile: string;
  /** Where the config's profiles have clusters in a cloud. */
  readonly clouds: readonly CloudPlace[];
}

export interface CloudPlace {
  readonly region: string;
  /** Of the user's AWS config. */
  readonly profile?: string | undefined;
  /** Taken with its credentials. */
  readonly role?: RoleToTake | undefined;
}

/** A config with what is needed to tell where each value comes from. */
export interface ResolvedConfig {
  readonly loaded: LoadedConfig;
  readonly source: ConfigText;
  readonly read: ConfigTree;
  readonly machine: MachineSettings;
}

export interface LoadOptions {
  /** The folder to search from, upwards. */
  readonly directory: string;
  /** A config file to use instead of searching. */
  readonly file?: string | undefined;
  readonly profile?: string | undefined;
  readonly env: Environment;
}

function ruleProblems({ config, aside }: LenientConfig, read: ConfigTree, profile: string): Problem[] {
  const wrong = new Set(aside.map(placeKey));
  return contradictions(config)
    .filter((found) => !(found.with && wrong.has(placeKey(found.with))))
    .map(({ path, message, fix }) => ({
      offset: effectivePlace(read, profile, path)?.place.key ?? 0,
      message: `${path.join(".")}: ${message}`,
      fixes: [fix],
    }));
}

function unknownProfile(wanted: string, profiles: Tree, read: ConfigTree): Problem[] {
  const names = [...new Set([BUILT_IN, ...Object.keys(profiles)])];
  if (names.includes(wanted)) return [];
  const similar = nearest(wanted, names);
  return [
    {
      offset: read.places.get("profiles")?.key ?? 0,
      message: `there is no profile "${wanted}"; there are: ${names.join(", ")}`,
      fixes: [
        ...(similar === undefined ? [] : [`did you mean ${similar}?`]),
        "a profile is, for example: profiles: {big: {workers: 6}}",
      ],
    },
  ];
}

/** The distinct places of all profiles; those whose values are wrong or missing are left out. */
function cloudsOf(top: Tree, tree: Tree, profiles: Tree): CloudPlace[] {
  const places = ["", ...Object.keys(profiles)].flatMap((name): CloudPlace[] => {
    const { provider, aws } = applyProfile(top, overridesOf(tree, name));
    if (provider !== "aws" || !isTree(aws) || typeof aws.region !== "string") return [];
    const role = roleToTake(aws);
    return [
      {
        region: aws.region,
        ...(typeof aws.profile === "string" && { profile: aws.profile }),
        ...(role && { role }),
      },
    ];
  });
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

/**
 * Reads and validates the config, and keeps where each value was found.
 * @throws UserError (exit code 2) that lists every problem with file:line:column, or the machine's wrong variables.
 */
export function resolveConfig({ directory, file, profile = BUILT_IN, env }: LoadOptions): ResolvedConfig {
  const source = readSource(directory, file);
  const read = readTree(source, parseYaml(source), { env, profile });
  const { profiles: written, ...top } = read.tree;
  const profiles = isTree(written) ? written : {};
  const machine = machineSettings(env);
  const common = merge(machine.tree, top);
  const applied = applyProfile(common, overridesOf(read.tree, profile));
  const lenient = parseLeniently(withProviderDefaults(applied));
  failOn(source, [
    ...read.problems,
    ...schemaProblems(read),
    ...unknownProfile(profile, profiles, read),
    ...ruleProblems(lenient, read, profile),
  ]);
  failOnMachine(env, read, profile);
  const folder = dirname(source.file);
  const config: Config = { ...lenient.config, project: lenient.config.project ?? folderName(folder) };
  const clouds = cloudsOf(common, read.tree, profiles);
  return { loaded: { config, directory: folder, profile, clouds }, source, read, machine };
}

/**
 * Reads and validates the config. Without a profile the built-in one, `local`, applies.
 * @throws UserError (exit code 2) that lists every problem with file:line:column.
 */
export const loadConfig = (options: LoadOptions): LoadedConfig => resolveConfig(options).loaded;
