import { InterruptedError, UserError } from "../../errors.js";
import { type RunResult, run } from "../../exec/run.js";
import { type DockerTrouble, recognizeTrouble } from "./errors.js";
import { type EngineFacts, parseInfo } from "./info.js";

/** What can be learnt of Docker on this machine without changing anything. */
export interface DockerSurvey {
  /** Version of the `docker` program; undefined when it is not on the PATH. */
  readonly client: string | undefined;
  readonly buildx: string | undefined;
  /** The context in use and the address it stands for; DOCKER_HOST counts as the context `default`. */
  readonly context: { readonly name: string; readonly endpoint: string } | undefined;
  readonly engine: EngineFacts | undefined;
  /** Why there is no engine. */
  readonly trouble: DockerTrouble | undefined;
}

const NO_DOCKER: DockerSurvey = {
  client: undefined,
  buildx: undefined,
  context: undefined,
  engine: undefined,
  trouble: undefined,
};

/** A remote engine that never answers must not hold everything else up. */
const LONGEST_ANSWER_MS = 10_000;

const versionIn = (text: string) => /v?(\d+\.\d+[^\s,]*)/.exec(text)?.[1];

function readEngine(result: RunResult): Pick<DockerSurvey, "engine" | "trouble"> {
  const info = result.exitCode === 0 ? parseInfo(result.stdout) : undefined;
  if (info && info.failure === undefined) return { engine: info.facts, trouble: undefined };
  const said = info?.failure ?? (result.stderr.trim() || result.stdout.trim());
  const unknown = { trouble: "docker-stopped", message: "The Docker engine does not answer.", said } as const;
  return { engine: undefined, trouble: recognizeTrouble(said) ?? unknown };
}

/** Asks the client, its plugins and its engine, all at once. */
export async function surveyDocker(signal: AbortSignal): Promise<DockerSurvey> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_ANSWER_MS)]);
  const docker = (...args: string[]) => run({ file: "docker", args }, { signal: limited });
  const info = docker("info", "--format", "{{json .}}").then(readEngine, (error: unknown) => {
    if (!(error instanceof InterruptedError) || signal.aborted) throw error;
    const message = `The Docker engine did not answer within ${LONGEST_ANSWER_MS / 1000} s.`;
    return { engine: undefined, trouble: { trouble: "docker-host", message, said: "" } as const };
  });
  try {
    const [client, buildx, context, engine] = await Promise.all([
      docker("--version"),
      docker("buildx", "version"),
      docker("context", "inspect", "--format", "{{.Name}} {{.Endpoints.docker.Host}}"),
      info,
    ]);
    const [name, endpoint] = context.stdout.trim().split(" ");
    return {
      ...engine,
      client: versionIn(client.stdout) ?? "unknown",
      buildx: buildx.exitCode === 0 ? versionIn(buildx.stdout) : undefined,
      context: name && endpoint ? { name, endpoint } : undefined,
    };
  } catch (error) {
    if (error instanceof UserError) return NO_DOCKER;
    throw error;
  }
}
