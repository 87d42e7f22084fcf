import { type EffectiveValue, effectiveValues } from "../config/effective.js";
import { resolveConfig } from "../config/load.js";
import type { Context } from "../context.js";

export interface EffectiveConfig {
  readonly file: string;
  readonly profile: string;
  readonly values: readonly EffectiveValue[];
}

/** The config that applies to a profile, with the source of each value; needs no Docker engine. */
export function effectiveConfig(context: Context, profile: string | undefined): EffectiveConfig {
  const { directory, configFile: file, env } = context;
  const resolved = resolveConfig({ directory, file, profile, env });
  return {
    file: resolved.source.file,
    profile: resolved.loaded.profile,
    values: effectiveValues(resolved),
  };
}
