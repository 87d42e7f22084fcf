import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { ExitCode, UserError } from "../errors.js";
import { run } from "../exec/run.js";

/** Newest first: newer interpreters get newer releases of what is installed into them. */
const INTERPRETERS = ["python3.13", "python3.12", "python3.11", "python3.10", "python3"];
const OLDEST = [3, 10];

export interface PythonEnvironmentRequest {
  /** What it is for: part of the folder's name. */
  readonly name: string;
  /** A pip requirements file with pinned versions. */
  readonly requirements: string;
  readonly cacheDirectory: string;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

async function isFitting(program: string): Promise<boolean> {
  const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${OLDEST.join(", ")}))`;
  return run({ file: program, args: ["-c", check] }).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
}

async function findInterpreter(): Promise<string> {
  for (const program of INTERPRETERS) if (await isFitting(program)) return program;
  throw new UserError({
    exitCode: ExitCode.toolMissing,
    message: `There is no Python ${OLDEST.join(".")} or newer with venv on the PATH.`,
    hint: "Install one: apt-get install python3-venv, dnf install python3 or brew install python",
  });
}

async function mustSucceed(file: string, args: readonly string[], request: PythonEnvironmentRequest) {
  const { signal, onLine } = request;
  const { exitCode, stderr } = await run({ file, args }, { signal, onLine });
  if (exitCode === 0) return;
  throw new UserError({
    exitCode: ExitCode.toolMissing,
    message: `The Python packages for ${request.name} could not be installed.`,
    hint: "Look whether pip reaches its package index, then run the command again.",
    output: stderr.split("\n").slice(-15).join("\n"),
  });
}

/**
 * The folder of programs of a Python environment that has exactly these requirements; made on first use, in seconds,
 * and kept below `cacheDirectory` under a hash of the requirements.
 * @throws UserError (exit code 3) when there is no fitting Python or pip fails.
 */
export async function pythonEnvironment(request: PythonEnvironmentRequest): Promise<string> {
  const { name, requirements, cacheDirectory } = request;
  const content = await readFile(requirements, "utf8");
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const directory = join(cacheDirectory, `${name}-${hash}`);
  if (existsSync(directory)) return join(directory, "bin");
  await mkdir(cacheDirectory, { recursive: true });
  // A killed installation leaves a folder that nobody takes for a whole one; environments can't be moved, so a link marks the whole.
  const made = join(cacheDirectory, `${name}-${hash}.${process.pid}`);
  await mustSucceed(await findInterpreter(), ["-m", "venv", made], request);
  await mustSucceed(
    join(made, "bin", "python"),
    ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements],
    request,
  );
  const link = join(cacheDirectory, `.${name}-${hash}.${process.pid}`);
  await symlink(basename(made), link);
  await rename(link, directory);
  // Another command that made the same meanwhile has its own, which the last link leaves unused but whole.
  return join(directory, "bin");
}
