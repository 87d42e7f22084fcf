import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assetPath } from "../../assets.js";
import { ExitCode, UserError } from "../../errors.js";
import { run } from "../../exec/run.js";
import { withLock } from "../../state/lock.js";
import { waitUntil } from "../../wait.js";

/** The provider takes region and credentials as every AWS program does; a module that is to be reused brings no provider. */
const PROVIDER = { provider: { aws: { region: "${var.region}" } } };

const PROVIDER_FILE = "provider.tf.json";
const LOCK_FILE = ".terraform.lock.hcl";
/** A first download of the AWS provider is 150 MB. */
const LONGEST_PREPARATION_SECONDS = 900;

/** Where the programs' own files go: what Terraform calls its data directory, and the versions that it chose. */
export interface Preparation {
  readonly dataDirectory: string;
  readonly lockFile: string;
}

export interface PreparationRequest {
  readonly program: "terraform" | "tofu";
  readonly cacheDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** The module's own files by name, and the provider's. */
async function moduleFiles(): Promise<ReadonlyMap<string, string>> {
  const folder = assetPath("terraform");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".tf")).sort();
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return new Map([
    ...names.map((name, index) => [name, contents[index] ?? ""] as const),
    [PROVIDER_FILE, `${JSON.stringify(PROVIDER)}\n`],
  ]);
}

async function writeFiles(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  await Promise.all([...files].map(([name, content]) => writeFile(join(directory, name), content)));
}

/** Puts the module into a cluster's own folder, without what an earlier version had there. */
export async function placeModule(
  directory: string,
  { lockFile }: Preparation,
  backend: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = new Map(await moduleFiles());
  if (backend) files.set("backend.tf.json", `${JSON.stringify(backend)}\n`);
  const present = await readdir(directory);
  const stale = present.filter((name) => /\.tf(?:\.json)?$/.test(name) && !files.has(name));
  await Promise.all(stale.map((name) => rm(join(directory, name))));
  await writeFiles(directory, files);
  await copyFile(lockFile, join(directory, LOCK_FILE));
}

/** False when a provider that was linked from a plugin cache or a mirror is gone. */
async function isWhole(directory: string): Promise<boolean> {
  if (!existsSync(join(directory, LOCK_FILE))) return false;
  const entries = await readdir(join(directory, ".terraform", "providers"), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return (
    entries.length > 0 &&
    entries.every((entry) => !entry.isSymbolicLink() || existsSync(join(entry.parentPath, entry.name)))
  );
}

/** Runs `init` in a folder that holds the module. @throws UserError (exit code 3) when it fails. */
export async function initialize(
  directory: string,
  { program, cacheDirectory, env, signal }: PreparationRequest,
): Promise<void> {
  // One copy of the provider, 600 MB, for all versions of the module; one of the user's own is used instead.
  const plugins = process.env.TF_PLUGIN_CACHE_DIR ?? join(cacheDirectory, "terraform-plugins");
  await mkdir(plugins, { recursive: true });
  const { exitCode, stdout, stderr } = await run(
    {
      file: program,
      args: ["init", "-input=false", "-no-color"],
      cwd: directory,
      env: { ...env, TF_PLUGIN_CACHE_DIR: plugins },
    },
    { signal },
  );
  if (exitCode === 0) return;
  throw new UserError({
    exitCode: ExitCode.toolMissing,
    message: `${program} can't be made ready: "${program} init" failed.`,
    hint: "See that this machine reaches Terraform's registry (a proxy goes into HTTPS_PROXY), then run the command again; without a network, name a mirror: https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation",
    output: (stderr.trim() || stdout.trim()).split("\n").slice(-20).join("\n"),
  });
}

async function prepare(directory: string, request: PreparationRequest): Promise<void> {
  const making = await mkdtemp(`${directory}.`);
  try {
    await writeFiles(making, await moduleFiles());
    await initialize(making, {
      ...request,
      env: { ...request.env, TF_DATA_DIR: join(making, ".terraform") },
    });
    await rm(directory, { recursive: true, force: true });
    await rename(making, directory);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/**
 * The provider, chosen and loaded once for each version of the module, below `cacheDirectory`; in no time when it is there.
 * Of several commands that come at once, one loads it and the others wait.
 * @throws UserError (exit code 3) when the provider can't be had, (5) when another command takes more than 15 minutes.
 */
export async function prepareProvider(request: PreparationRequest): Promise<Preparation> {
  const { program, cacheDirectory, signal } = request;
  const hash = createHash("sha256").update(program);
  for (const [name, content] of await moduleFiles()) hash.update(`\0${name}\0${content}`);
  const directory = join(cacheDirectory, `terraform-${hash.digest("hex").slice(0, 12)}`);
  const ready: Preparation = {
    dataDirectory: join(directory, ".terraform"),
    lockFile: join(directory, LOCK_FILE),
  };
  if (await isWhole(directory)) return ready;
  await mkdir(cacheDirectory, { recursive: true });
  const makeOnce = async () => {
    if (!(await isWhole(directory))) await prepare(directory, request);
  };
  return waitUntil({
    description: "another command that loads Terraform's AWS provider",
    timeoutSeconds: LONGEST_PREPARATION_SECONDS,
    signal,
    probe: async () => {
      try {
        await withLock(`${directory}.lock`, "create", makeOnce);
        return { done: true, value: ready };
      } catch (error) {
        if (error instanceof UserError && error.exitCode === ExitCode.stateConflict)
          return { done: false, seen: error.message };
        throw error;
      }
    },
  });
}
