import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ExitCode, UserError } from "../errors.js";

/** How to reach packages while building: file names in the settings folder, and where their content comes from. */
export interface BuildSettings {
  readonly network: string | undefined;
  /** Name in the settings folder to content. */
  readonly files: Readonly<Record<string, string>>;
}

interface SettingPaths {
  readonly network?: string | undefined;
  readonly ca?: string | undefined;
  readonly pip?: string | undefined;
  readonly maven?: string | undefined;
  readonly apt?: string | undefined;
  readonly sources?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const TARGETS = {
  ca: "ca.crt",
  pip: "pip.conf",
  maven: "settings.xml",
  apt: "apt.conf",
  sources: "sources.list",
} as const;

/** Where other tools of this machine are told about a private certificate authority. */
const CA_VARIABLES = ["PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

function pipFromEnvironment(env: Environment): string | undefined {
  const options = {
    "index-url": env.PIP_INDEX_URL,
    "extra-index-url": env.PIP_EXTRA_INDEX_URL,
    "trusted-host": env.PIP_TRUSTED_HOST,
  };
  const lines = Object.entries(options).flatMap(([key, value]) => (value ? [`${key} = ${value}`] : []));
  return lines.length > 0 ? `[global]\n${lines.join("\n")}\n` : undefined;
}

/** The settings of the config (PYSPARK_DEPLOY_BUILD_* among them), else what the machine tells other tools. */
export async function readBuildSettings(
  paths: SettingPaths,
  directory: string,
  env: Environment,
): Promise<BuildSettings> {
  const files: Record<string, string> = {};
  for (const [key, target] of Object.entries(TARGETS) as [keyof typeof TARGETS, string][]) {
    const named = paths[key];
    const fallback =
      key === "ca"
        ? CA_VARIABLES.map((name) => env[name]).find((path) => path && existsSync(path))
        : undefined;
    if (named === undefined && fallback === undefined) continue;
    const path = named === undefined ? (fallback ?? "") : join(named.startsWith("/") ? "" : directory, named);
    files[target] = await readFile(path, "utf8").catch((cause: unknown) => {
      throw new UserError({
        exitCode: ExitCode.usage,
        message: `image.build.${key} names ${path}, which can't be read.`,
        hint: `Correct image.build.${key}, or PYSPARK_DEPLOY_BUILD_${key.toUpperCase()}.`,
        cause,
      });
    });
  }
  const pip = pipFromEnvironment(env);
  if (files["pip.conf"] === undefined && pip !== undefined) files["pip.conf"] = pip;
  return { network: paths.network, files };
}

/** Proxy settings that `docker build` passes to every step and keeps out of the image. */
export function proxyEnvironment(env: Environment): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/** Assembles a build context from asset folders plus the settings, hands it to `work`, and removes it. */
export async function withBuildContext<T>(
  sources: readonly string[],
  settings: BuildSettings,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "pyspark-deploy-build-"));
  try {
    for (const source of sources) await cp(source, directory, { recursive: true });
    for (const [name, content] of Object.entries(settings.files)) {
      await writeFile(join(directory, "settings", basename(name)), content, { mode: 0o600 });
    }
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function hashText(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("hex");
}
