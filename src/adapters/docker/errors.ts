import { ExitCode, UserError } from "../../errors.js";
import type { RunResult } from "../../exec/run.js";

interface Explanation {
  readonly pattern: RegExp;
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly hint: string;
}

const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /permission denied.*docker(?:\.sock| daemon)/is,
    exitCode: ExitCode.toolMissing,
    message: "You may not use the Docker engine.",
    hint: "On Linux: sudo usermod -aG docker $USER, then log in again.",
  },
  {
    pattern:
      /cannot connect to the docker daemon|error during connect|is the docker daemon running|failed to connect to the docker api/i,
    exitCode: ExitCode.toolMissing,
    message: "No Docker engine answers.",
    hint: "Start Docker Desktop, Colima or OrbStack; on Linux: sudo systemctl start docker",
  },
  {
    pattern: /no space left on device/i,
    exitCode: ExitCode.notReady,
    message: "The disk of the Docker engine is full.",
    hint: "Free space: docker image prune; or give the engine more disk.",
  },
];

/** What `docker` said, as an error that a user can act on. */
export function explainDockerFailure(args: readonly string[], result: RunResult): UserError {
  const said = result.stderr.trim() || result.stdout.trim();
  const known = EXPLANATIONS.find(({ pattern }) => pattern.test(said));
  if (known)
    return new UserError({
      exitCode: known.exitCode,
      message: known.message,
      hint: known.hint,
      output: said,
    });
  return new UserError({
    exitCode: ExitCode.stateConflict,
    message: `docker ${args[0] ?? ""} failed (exit code ${result.exitCode}): ${said || "it printed nothing"}`,
    hint: "See what Docker holds: docker ps -a; a cluster that is broken goes with: pyspark-deploy destroy",
  });
}
