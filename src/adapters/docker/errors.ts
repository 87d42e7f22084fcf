import { ExitCode, UserError } from "../../errors.js";
import type { RunResult } from "../../exec/run.js";
import { hostSystem } from "../../host.js";
import { fixFor, type Trouble } from "../../plan/fixes.js";

interface Explanation {
  readonly trouble: Trouble;
  readonly pattern: RegExp;
  readonly exitCode: ExitCode;
  readonly message: string;
}

/** The first that fits counts: an address that nobody may use or reach says more than "cannot connect". */
const EXPLANATIONS: readonly Explanation[] = [
  {
    trouble: "docker-context",
    pattern: /context "[^"]*": context not found|context "[^"]*" does not exist/i,
    exitCode: ExitCode.toolMissing,
    message: "The Docker context does not exist.",
  },
  {
    trouble: "docker-permission",
    pattern: /permission denied.*docker(?:\.sock| daemon| api)/is,
    exitCode: ExitCode.toolMissing,
    message: "You may not use the Docker engine.",
  },
  {
    trouble: "docker-host",
    pattern:
      /(?:cannot connect to the docker daemon|failed to connect to the docker api) at (?:tcp|ssh|https?):|error during connect|unable to parse docker host/i,
    exitCode: ExitCode.toolMissing,
    message: "The Docker engine that DOCKER_HOST or the context names can't be reached.",
  },
  {
    trouble: "docker-stopped",
    pattern:
      /cannot connect to the docker daemon|is the docker daemon running|failed to connect to the docker api/i,
    exitCode: ExitCode.toolMissing,
    message: "No Docker engine answers.",
  },
  {
    trouble: "disk-full",
    pattern: /no space left on device/i,
    exitCode: ExitCode.notReady,
    message: "The disk of the Docker engine is full.",
  },
  {
    trouble: "network-in-use",
    pattern: /has active endpoints/i,
    exitCode: ExitCode.stateConflict,
    message: "Docker keeps a network that has active endpoints.",
  },
];

export interface DockerTrouble {
  readonly trouble: Trouble;
  readonly message: string;
  /** What `docker` printed. */
  readonly said: string;
}

const explanationOf = (said: string) => EXPLANATIONS.find(({ pattern }) => pattern.test(said));

/** Why `docker` can't be used, when what it printed tells. */
export function recognizeTrouble(said: string): DockerTrouble | undefined {
  const known = explanationOf(said);
  return known && { trouble: known.trouble, message: known.message, said };
}

/** What `docker` said, as an error that a user can act on. */
export function explainDockerFailure(args: readonly string[], result: RunResult): UserError {
  const said = result.stderr.trim() || result.stdout.trim();
  const known = explanationOf(said);
  if (known)
    return new UserError({
      exitCode: known.exitCode,
      message: known.message,
      hint: fixFor(known.trouble, hostSystem()),
      output: said,
    });
  return new UserError({
    exitCode: ExitCode.stateConflict,
    message: `docker ${args[0] ?? ""} failed (exit code ${result.exitCode}): ${said || "it printed nothing"}`,
    hint: "See what Docker holds: docker ps -a; a cluster that is broken goes with: pyspark-deploy destroy",
  });
}
