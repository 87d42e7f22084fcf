import type { Labels } from "../../plan/identity.js";

export interface BuildRequest {
  readonly context: string;
  readonly dockerfile: string;
  readonly tags: readonly string[];
  readonly arguments: Readonly<Record<string, string>>;
  readonly labels: Labels;
  readonly network?: string | undefined;
  readonly platform?: string | undefined;
  readonly noCache?: boolean | undefined;
  /** What mends a failing step. */
  readonly failureHint: string;
  /** Proxy settings with passwords: docker takes the values from the environment, so they never stand in argv. */
  readonly secretEnvironment?: Readonly<Record<string, string>> | undefined;
}

/**
 * The arguments of `docker build`. Provenance is off so that the same content has the same digest everywhere; the legacy
 * builder would leave a container of a step that failed.
 */
export function buildArguments(request: BuildRequest, buildKit: boolean): string[] {
  return [
    "build",
    ...(buildKit ? ["--progress", "plain", "--provenance=false"] : ["--force-rm"]),
    ...request.tags.flatMap((tag) => ["--tag", tag]),
    ...["--file", request.dockerfile],
    ...Object.entries(request.arguments).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
    ...Object.keys(request.secretEnvironment ?? {}).flatMap((key) => ["--build-arg", key]),
    ...Object.entries(request.labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...(request.network === undefined ? [] : ["--network", request.network]),
    ...(request.platform === undefined ? [] : ["--platform", request.platform]),
    ...(request.noCache ? ["--no-cache"] : []),
    request.context,
  ];
}

const MOST_LINES = 40;

/** Of what a failed build printed, the step that failed: its command and the end of its output. */
export function failingStep(lines: readonly string[]): string[] {
  const told = lines.filter((line) => line.trim() !== "");
  const starts = (pattern: RegExp) => told.findLastIndex((line) => pattern.test(line));
  // BuildKit repeats the failing step between lines of dashes at the end; the legacy builder stops in it.
  const repeated = told.findIndex((line, at) => line === "------" && /^ > /.test(told[at + 1] ?? ""));
  const step = told.slice(Math.max(repeated < 0 ? starts(/^Step \d+\/\d+ : /) : repeated + 1, 0));
  if (step.length <= MOST_LINES) return step;
  return [...step.slice(0, 1), `… ${step.length - MOST_LINES} lines`, ...step.slice(1 - MOST_LINES)];
}
