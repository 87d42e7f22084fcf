import { spawnSync } from "node:child_process";

/** The environment in which python3.9, which Amazon Linux 2023 has, can be started; undefined where there is none. */
export function oldestPython(): NodeJS.ProcessEnv | undefined {
  const works = (env: NodeJS.ProcessEnv) => spawnSync("python3.9", ["--version"], { env }).status === 0;
  if (works(process.env)) return process.env;
  const found = spawnSync("pyenv", ["whence", "python3.9"], { encoding: "utf8" });
  const [version = ""] = (found.stdout ?? "").split("\n");
  const env = { ...process.env, PYENV_VERSION: version };
  return works(env) ? env : undefined;
}
