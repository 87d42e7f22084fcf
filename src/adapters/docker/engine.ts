import { ExitCode, UserError } from "../../errors.js";
import { type Invocation, interact, type RunOptions, type RunResult, run, stream } from "../../exec/run.js";
import type { Labels } from "../../plan/identity.js";
import { type BuildRequest, buildArguments, failingStep } from "./build.js";
import { type ContainerSpec, createArguments, type QuietExec } from "./container.js";
import { explainDockerFailure } from "./errors.js";
import { type ImageFacts, parseImage } from "./image.js";
import { type EngineFacts, parseInfo } from "./info.js";
import { explainPushFailure, pushedDigest, type RegistryLogin, withDockerConfig } from "./registry.js";
import { type PackedFile, packFiles } from "./tar.js";

export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** How often the engine has started it again. */
  readonly restarts: number;
  readonly exitCode: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly imageId: string;
  readonly labels: Labels;
  /** Published ports: container port to loopback port. */
  readonly ports: Readonly<Record<number, number>>;
}

/** What newer clients say of the builder that they fall back to; nothing a user can act on here. */
const LEGACY_BUILDER_NOTICE =
  /^DEPRECATED: The legacy builder|^\s+BuildKit is currently disabled|^\s+environment-variable\.$/;

export interface Output {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

export type ObjectKind = "container" | "network" | "volume";

interface RawContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
  readonly Config: { readonly Labels: Labels | null };
  readonly NetworkSettings: { readonly Ports: Record<string, { HostPort: string }[] | null> | null };
}

function parseContainer(raw: RawContainer): ContainerFacts {
  const ports = Object.entries(raw.NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) => {
    const host = bindings?.[0]?.HostPort;
    return host === undefined ? [] : [[Number.parseInt(port, 10), Number(host)] as const];
  });
  return {
    id: raw.Id,
    name: raw.Name.replace(/^\//, ""),
    running: raw.State.Running,
    restarts: raw.RestartCount,
    exitCode: raw.State.ExitCode,
    startedAt: raw.State.StartedAt,
    finishedAt: raw.State.FinishedAt,
    imageId: raw.Image,
    labels: raw.Config.Labels ?? {},
    ports: Object.fromEntries(ports),
  };
}

const labelFilters = (labels: Labels) =>
  Object.entries(labels).flatMap(([key, value]) => ["--filter", `label=${key}=${value}`]);

/**
 * One Docker engine, driven through the `docker` program, which knows contexts, TLS, SSH and credential helpers.
 * Every method throws a UserError that says what Docker said and what to do.
 */
export class DockerEngine {
  #buildKit: Promise<boolean> | undefined;

  /** `host` is a DOCKER_HOST address; by default the one of the user's current context. */
  constructor(
    private readonly host?: string,
    private readonly signal?: AbortSignal,
  ) {}

  #invocation(args: readonly string[], extra: Partial<Invocation> = {}): Invocation {
    const env = { ...(this.host !== undefined && { DOCKER_HOST: this.host }), ...extra.env };
    return { ...extra, file: "docker", args, env };
  }

  /** Runs `docker` and throws when it fails. */
  async #docker(
    args: readonly string[],
    extra: Partial<Invocation> = {},
    options: RunOptions = {},
  ): Promise<RunResult> {
    const result = await run(this.#invocation(args, extra), { signal: this.signal, ...options });
    if (result.exitCode !== 0) throw explainDockerFailure(args, result);
    return result;
  }

  async facts(): Promise<EngineFacts> {
    const { stdout } = await this.#docker(["info", "--format", "{{json .}}"]);
    const info = parseInfo(stdout);
    if (info.failure !== undefined)
      throw explainDockerFailure(["info"], { exitCode: 1, stdout: "", stderr: info.failure });
    return info.facts;
  }

  /** Bytes free where containers of this image write; undefined when none can be asked. */
  async freeBytes(image: string): Promise<number | undefined> {
    const args = [
      "run",
      "--rm",
      "--network",
      "none",
      "--entrypoint",
      "df",
      image,
      "-B1",
      "--output=avail",
      "/",
    ];
    const { exitCode, stdout } = await run(this.#invocation(args), { signal: this.signal });
    return exitCode === 0 ? Number(stdout.trim().split("\n").at(-1)) : undefined;
  }

  /** True when `docker build` is BuildKit's; false for the legacy builder. Asked once. */
  hasBuildKit(): Promise<boolean> {
    this.#buildKit ??= run(this.#invocation(["buildx", "version"]), { signal: this.signal }).then(
      ({ exitCode }) => exitCode === 0,
    );
    return this.#buildKit;
  }

  async build(request: BuildRequest, onLine: (line: string) => void): Promise<void> {
    const buildKit = await this.hasBuildKit();
    const extra = { env: { ...(buildKit ? {} : { DOCKER_BUILDKIT: "0" }), ...request.secretEnvironment } };
    const args = buildArguments(request, buildKit);
    const lines: string[] = [];
    const result = await run(this.#invocation(args, extra), {
      signal: this.signal,
      onLine: (line) => {
        if (LEGACY_BUILDER_NOTICE.test(line)) return;
        lines.push(line);
        if (lines.length > 1000) lines.shift();
        onLine(line);
      },
    });
    if (result.exitCode === 0) return;
    const unreachable = explainDockerFailure(args, result);
    if (unreachable.exitCode === ExitCode.toolMissing) throw unreachable;
    const output = failingStep(lines).join("\n");
    const full = explainDockerFailure(args, { ...result, stderr: output });
    if (full.exitCode === ExitCode.notReady) throw full;
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `The build of ${request.tags[0]} failed.`,
      hint: request.failureHint,
      output,
    });
  }

  /** The image, or undefined when the engine does not have it. */
  async image(reference: string): Promise<ImageFacts | undefined> {
    const args = ["image", "inspect", "--format", "{{json .}}", reference];
    const result = await run(this.#invocation(args), { signal: this.signal });
    if (result.exitCode === 0) return parseImage(result.stdout);
    if (/no such image/i.test(result.stderr)) return undefined;
    throw explainDockerFailure(args, result);
  }

  /** Those of the images that the engine has, in one question. */
  async images(references: readonly string[]): Promise<Map<string, ImageFacts>> {
    const args = ["image", "inspect", "--format", "{{json .}}", ...references];
    const result = await run(this.#invocation(args), { signal: this.signal });
    if (result.exitCode !== 0 && !/no such image/i.test(result.stderr))
      throw explainDockerFailure(args, result);
    const lines = result.stdout.split("\n").filter((line) => line !== "");
    return new Map(lines.map(parseImage).flatMap((image) => image.tags.map((tag) => [tag, image] as const)));
  }

  async tag(source: string, target: string): Promise<void> {
    await this.#docker(["tag", source, target]);
  }

  /** True when the registry had the image. */
  async pull(reference: string, onLine: (line: string) => void): Promise<boolean> {
    const result = await run(this.#invocation(["pull", reference]), { signal: this.signal, onLine });
    return result.exitCode === 0;
  }

  /** Pushes an image, of which only what the registry lacks travels; returns its digest there. */
  async push(reference: string, onLine: (line: string) => void, login?: RegistryLogin): Promise<string> {
    return withDockerConfig(login, async (env) => {
      const result = await run(this.#invocation(["push", reference], { env }), {
        signal: this.signal,
        onLine,
      });
      if (result.exitCode !== 0) throw explainPushFailure(reference, result);
      return pushedDigest(result.stdout);
    });
  }

  async createNetwork(name: string, labels: Labels): Promise<void> {
    await this.#docker([
      "network",
      "create",
      ...Object.entries(labels).flatMap(([k, v]) => ["--label", `${k}=${v}`]),
      name,
    ]);
  }

  async createVolume(name: string, labels: Labels): Promise<void> {
    await this.#docker([
      "volume",
      "create",
      ...Object.entries(labels).flatMap(([k, v]) => ["--label", `${k}=${v}`]),
      name,
    ]);
  }

  /** Creates a container without starting it; returns its id. */
  async createContainer(spec: ContainerSpec): Promise<string> {
    return (await this.#docker(["create", ...createArguments(spec)])).stdout.trim();
  }

  /** Creates and starts a container; returns its id. */
  async runContainer(spec: ContainerSpec): Promise<string> {
    return (await this.#docker(["run", "--detach", ...createArguments(spec)])).stdout.trim();
  }

  async start(...containers: readonly string[]): Promise<void> {
    await this.#docker(["start", ...containers]);
  }

  /** Puts files into a container, running or not; they travel through standard input, never through argv or a temporary file. */
  async putFiles(container: string, directory: string, files: readonly PackedFile[]): Promise<void> {
    await this.#docker(["cp", "-", `${container}:${directory}`], { input: await packFiles(files) });
  }

  /** Copies between the laptop and a container, `CONTAINER:PATH` on one side. */
  async copy(source: string, target: string): Promise<void> {
    await this.#docker(["cp", source, target]);
  }

  /** Names (containers, networks, volumes) of what carries all these labels. */
  async list(kind: ObjectKind, labels: Labels): Promise<string[]> {
    const all =
      kind === "container" ? ["--all", "--no-trunc", "--format", "{{.Names}}"] : ["--format", "{{.Name}}"];
    const { stdout } = await this.#docker([kind, "ls", ...all, ...labelFilters(labels)]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  /** The values that a label has on what carries all of `labels`. */
  async labelValues(kind: ObjectKind, labels: Labels, label: string): Promise<string[]> {
    const all = kind === "container" ? ["--all"] : [];
    const { stdout } = await this.#docker([
      kind,
      "ls",
      ...all,
      "--format",
      `{{.Label "${label}"}}`,
      ...labelFilters(labels),
    ]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  async containers(labels: Labels): Promise<ContainerFacts[]> {
    const names = await this.list("container", labels);
    if (names.length === 0) return [];
    const result = await run(this.#invocation(["container", "inspect", ...names]), { signal: this.signal });
    // A container that vanished since it was listed is no error: the others are still printed.
    return (JSON.parse(result.stdout || "[]") as RawContainer[]).map(parseContainer);
  }

  async container(name: string): Promise<ContainerFacts | undefined> {
    const args = ["container", "inspect", name];
    const result = await run(this.#invocation(args), { signal: this.signal });
    if (result.exitCode === 0) return (JSON.parse(result.stdout) as RawContainer[]).map(parseContainer)[0];
    if (/no such container/i.test(result.stderr)) return undefined;
    throw explainDockerFailure(args, result);
  }

  /** Removes objects, running or not; one that is gone already is no error. */
  async remove(kind: ObjectKind, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const args =
      kind === "container" ? ["container", "rm", "--force", "--volumes", ...names] : [kind, "rm", ...names];
    const result = await run(this.#invocation(args), { signal: this.signal });
    const refused = result.stderr
      .split("\n")
      .filter((line) => line !== "" && !/no such|not found|already in progress/i.test(line));
    if (result.exitCode !== 0 && refused.length > 0)
      throw explainDockerFailure(args, { ...result, stderr: refused.join("\n") });
  }

  /** Once it has ended, nothing starts the container again but `start`. */
  async neverRestart(container: string): Promise<void> {
    await this.#docker(["update", "--restart", "no", container]);
  }

  async kill(container: string, signal: string): Promise<void> {
    const args = ["kill", "--signal", signal, container];
    const result = await run(this.#invocation(args), { timeoutSeconds: 10 });
    if (result.exitCode !== 0 && !/not running|no such container/i.test(result.stderr))
      throw explainDockerFailure(args, result);
  }

  /** Waits until the container ends; returns its exit code. */
  async wait(container: string, signal?: AbortSignal): Promise<number> {
    return Number((await this.#docker(["wait", container], {}, { signal })).stdout.trim());
  }

  /** Copies a container's output until it ends; returns its exit code. */
  async follow(container: string, output: Output, signal: AbortSignal): Promise<number> {
    const [exitCode] = await Promise.all([
      this.wait(container, signal),
      this.logs(container, output, { follow: true, signal }),
    ]);
    return exitCode;
  }

  /** Copies a container's output to the streams as it comes, until the container ends (with `follow`). */
  async logs(
    container: string,
    output: Output,
    options: {
      readonly follow: boolean;
      readonly tail?: string | undefined;
      readonly endWithReader?: boolean;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<void> {
    const args = [
      "logs",
      ...(options.follow ? ["--follow"] : []),
      ...(options.tail === undefined ? [] : ["--tail", options.tail]),
      container,
    ];
    const exitCode = await stream(this.#invocation(args), output as never, options);
    if (exitCode !== 0)
      throw explainDockerFailure(args, {
        exitCode,
        stdout: "",
        stderr: `the log of ${container} can't be read`,
      });
  }

  /** Names of the containers with these labels in which the kernel killed for memory while `job` ran. */
  async outOfMemory(
    labels: Labels,
    job: Pick<ContainerFacts, "startedAt" | "finishedAt">,
  ): Promise<string[]> {
    const { stdout } = await this.#docker([
      "events",
      ...["--since", job.startedAt, "--until", job.finishedAt, "--filter", "event=oom"],
      ...["--format", "{{.Actor.Attributes.name}}"],
      ...labelFilters(labels),
    ]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  /** The last lines of a container's output, both streams. */
  async logTail(container: string, lines: number): Promise<string> {
    const { stdout, stderr } = await run(this.#invocation(["logs", "--tail", String(lines), container]));
    return `${stdout}\n${stderr}`.trim();
  }

  /** Runs a program in a container with this process's terminal or streams; returns its exit code. */
  async exec(
    container: string,
    argv: readonly string[],
    options: {
      readonly tty: boolean;
      readonly env?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal;
    },
  ): Promise<number> {
    const { env = {}, tty, signal } = options;
    const flags = [
      "--interactive",
      ...(tty ? ["--tty"] : []),
      // Names alone: docker takes the values from our environment, so they never stand in argv.
      ...Object.keys(env).flatMap((key) => ["--env", key]),
    ];
    return interact(this.#invocation(["exec", ...flags, container, ...argv], { env }), { signal });
  }

  /** Runs a program in a container with the given standard input and returns what it printed. */
  async execQuietly(container: string, argv: readonly string[], quiet: QuietExec = {}): Promise<RunResult> {
    const { input, timeoutSeconds } = quiet;
    const flags = input === undefined ? [] : ["--interactive"];
    return run(
      this.#invocation(["exec", ...flags, container, ...argv], input === undefined ? {} : { input }),
      { signal: this.signal, timeoutSeconds },
    );
  }
}
