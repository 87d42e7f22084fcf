import { randomUUID } from "node:crypto";
import type { ContainerFacts, DockerEngine, Output } from "../adapters/docker/engine.js";
import { ExitCode, UserError } from "../errors.js";
import { COMMAND_LABEL, clusterSelector, JOB_LABEL, ROLE_LABEL } from "../plan/identity.js";
import type { FailedJob } from "../plan/job-failure.js";
import type { ClusterRecord } from "../state/record.js";
import {
  containerPrefix,
  formatEnvironment,
  type JobRequest,
  jobContainer,
  jobContainerName,
  SECRETS_PIPE,
} from "./job.js";

/** Tells one login's tmux client from another's. */
const LOGIN_VARIABLE = "PYSPARK_DEPLOY_LOGIN";
/** Of a connection that is half dead nobody waits for more. */
const END_LOGIN_SECONDS = 5;
const END_LOGIN = `for pid in $(tmux list-clients -F "#{client_pid}"); do
  if tr "\\0" "\\n" <"/proc/$pid/environ" | grep -qx "${LOGIN_VARIABLE}=$1"; then kill -HUP "$pid"; fi
done`;

export interface TerminalOptions {
  readonly tty: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface JobFacts {
  readonly id: string;
  readonly command: readonly string[];
  readonly running: boolean;
  readonly exitCode: number | undefined;
  readonly startedAt: string;
}

/**
 * The Docker host that holds a cluster's driver container. Everything that is done with a cluster once it exists goes
 * through here, and is the same for a laptop's engine and for one at the end of an SSH connection.
 */
export class Driver {
  readonly #engineOf: (node: string) => Promise<DockerEngine>;

  constructor(
    private readonly engine: DockerEngine,
    private readonly record: ClusterRecord,
    /** The engine that holds a node's container, where they have engines of their own. */
    engineOf?: (node: string) => Promise<DockerEngine>,
  ) {
    this.#engineOf = engineOf ?? (async () => engine);
  }

  /** Starts a job's container under an id of `newJobId`. */
  async start(id: string, job: JobRequest): Promise<void> {
    await this.engine
      .runContainer(jobContainer(this.record, id, job))
      .catch((error: unknown) => this.#explain(error));
    if (job.secretEnvironment)
      await this.#sendSecrets(jobContainerName(this.record, id), job.secretEnvironment);
  }

  async #sendSecrets(container: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const waitThenWrite = `until [ -p ${SECRETS_PIPE} ]; do sleep 0.02; done; cat > ${SECRETS_PIPE}`;
    const { exitCode, stderr } = await this.engine.execQuietly(container, ["sh", "-c", waitThenWrite], {
      input: formatEnvironment(environment),
    });
    if (exitCode === 0) return;
    await this.engine.remove("container", [container]);
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `The job did not take its credentials: ${stderr}`,
      hint: "Submit it again.",
    });
  }

  /** A container can only join the driver's network while the driver runs. */
  async #explain(error: unknown): Promise<never> {
    const driver = await this.engine.container(this.record.driver.container);
    if (driver?.running) throw error;
    throw this.#notRunning(driver);
  }

  #notRunning(driver: ContainerFacts | undefined): UserError {
    const { cluster } = this.record.identity;
    return new UserError({
      exitCode: ExitCode.notReady,
      message: `The driver container of "${cluster}" ${driver ? "is stopped" : "is gone"}.`,
      hint: driver
        ? `Start it: docker start ${driver.name}`
        : `Make the cluster anew: pyspark-deploy destroy ${cluster}; pyspark-deploy create`,
    });
  }

  /** Copies a job's output until it ends; returns the job's own exit code. */
  async follow(id: string, output: Output, signal: AbortSignal): Promise<number> {
    return this.engine.follow(jobContainerName(this.record, id), output, signal);
  }

  async interrupt(id: string, signal: "INT" | "KILL"): Promise<void> {
    await this.engine.kill(jobContainerName(this.record, id), signal);
  }

  /** What tells why a job that has ended failed. */
  async postMortem(id: string): Promise<FailedJob> {
    const name = jobContainerName(this.record, id);
    const [job, output] = await Promise.all([this.engine.container(name), this.engine.logTail(name, 500)]);
    if (!job) return { output, outOfMemory: [] };
    const { project, cluster } = this.record.identity;
    const killed = await this.engine.outOfMemory(clusterSelector(project, cluster), job);
    const nodes = killed.filter((container) => container === name || !/job-[^_]+$/.test(container));
    return {
      output,
      outOfMemory: nodes.map((container) =>
        container === name ? "job" : container.slice(containerPrefix(this.record).length),
      ),
    };
  }

  /** The jobs that the cluster remembers, oldest first. */
  async jobs(): Promise<JobFacts[]> {
    const { project, cluster } = this.record.identity;
    const containers = await this.engine.containers({
      ...clusterSelector(project, cluster),
      [ROLE_LABEL]: "job",
    });
    return containers
      .map((container) => ({
        id: container.labels[JOB_LABEL] ?? container.name,
        command: JSON.parse(container.labels[COMMAND_LABEL] ?? "[]") as string[],
        running: container.running,
        exitCode: container.running ? undefined : container.exitCode,
        startedAt: container.startedAt,
      }))
      .sort((a, b) => a.id.localeCompare(b.id));
  }

  /** Those that a change of the cluster would end. */
  async runningJobs(): Promise<JobFacts[]> {
    return (await this.jobs()).filter((job) => job.running);
  }

  /** Runs a program in the driver container; returns its exit code. */
  async exec(argv: readonly string[], options: TerminalOptions): Promise<number> {
    const driver = await this.engine.container(this.record.driver.container);
    if (!driver?.running) throw this.#notRunning(driver);
    return this.engine.exec(driver.name, argv, options);
  }

  /** Logins that somebody sits at, or in which something runs; a shell that was left idle is none. */
  async sessions(): Promise<string[]> {
    const driver = await this.engine.container(this.record.driver.container);
    if (!driver?.running) return [];
    const form = "#{session_attached} #{pane_current_command}";
    const { exitCode, stdout } = await this.engine.execQuietly(driver.name, [
      "tmux",
      "list-panes",
      "-a",
      "-F",
      form,
    ]);
    if (exitCode !== 0) return [];
    return stdout
      .split("\n")
      .map((line) => /^(\d+) (.+)$/.exec(line.trim()))
      .flatMap((match) => {
        const [, attached, command = ""] = match ?? [];
        if (match && command !== "bash") return [`a login that runs ${command}`];
        return Number(attached) > 0 ? ["a login that is open"] : [];
      });
  }

  /** A bash in tmux that survives the terminal: the next login comes back to it. */
  async login({ env, signal }: Omit<TerminalOptions, "tty">): Promise<number> {
    const id = randomUUID();
    const shell = ["tmux", "-u", "new-session", "-A", "-s", "main", "bash"];
    try {
      return await this.exec(shell, { tty: true, env: { ...env, [LOGIN_VARIABLE]: id }, signal });
    } finally {
      // Docker leaves the program of a terminal that was closed, and tmux would take it for somebody who sits there.
      await this.engine
        .execQuietly(this.record.driver.container, ["sh", "-c", END_LOGIN, "sh", id], {
          timeoutSeconds: END_LOGIN_SECONDS,
        })
        .catch(() => {});
    }
  }

  async logs(
    name: string,
    output: Output,
    options: { readonly follow: boolean; readonly tail?: string | undefined; readonly signal: AbortSignal },
  ): Promise<void> {
    const prefix = containerPrefix(this.record);
    const candidates = [
      { engine: await this.#engineOf(name), container: `${prefix}${name}` },
      { engine: this.engine, container: `${prefix}job-${name}` },
    ];
    for (const { engine, container } of candidates) {
      if (await engine.container(container))
        return engine.logs(container, output, { ...options, endWithReader: true });
    }
    const jobs = (await this.jobs()).map((job) => job.id);
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `The cluster has no node or job "${name}".`,
      hint: `Nodes: master, worker-1 … worker-${this.record.workers}, driver${this.record.storage.embedded ? ", s3" : ""}. Jobs: ${jobs.join(", ") || "none yet"}.`,
    });
  }

  /** Copies a file or folder between the laptop and a node, whose side is written NODE:PATH. */
  async copy(source: string, target: string): Promise<void> {
    const prefix = containerPrefix(this.record);
    const nodeOf = (path: string) => /^([a-z][a-z0-9-]*):/.exec(path)?.[1];
    const place = (path: string) => (nodeOf(path) === undefined ? path : `${prefix}${path}`);
    const engine = await this.#engineOf(nodeOf(source) ?? nodeOf(target) ?? "driver");
    await engine.copy(place(source), place(target));
  }
}
