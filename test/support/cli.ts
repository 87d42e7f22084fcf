import { execa } from "execa";

export const CLI = new URL("../../dist/cli.js", import.meta.url).pathname;

export interface CliResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Trigger {
  readonly text: string;
  readonly act: (kill: (signal: NodeJS.Signals) => void) => void;
}

export interface CliOptions {
  readonly env?: Record<string, string>;
  /** What to do as soon as a text has been printed on either stream; several wait one after another. */
  readonly when?: Trigger | readonly Trigger[];
}

/** The built CLI, as a user starts it, in a project's folder. */
export class Cli {
  /** @param inside what runs the CLI somewhere else, such as in another network: a program and its arguments */
  constructor(
    readonly directory: string,
    private readonly inside: readonly string[] = [],
  ) {}

  async run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const [file = "", ...argv] = [...this.inside, process.execPath, CLI, ...args];
    const child = execa(file, argv, {
      cwd: this.directory,
      reject: false,
      stdin: "ignore",
      env: { CI: "true", ...options.env },
    });
    const waiting = [options.when ?? []].flat();
    let seen = "";
    const watch = (chunk: Buffer) => {
      seen += chunk.toString();
      while (waiting[0] && seen.includes(waiting[0].text))
        waiting.shift()?.act((signal) => child.kill(signal));
    };
    child.stdout.on("data", watch);
    child.stderr.on("data", watch);
    const { exitCode, stdout, stderr } = await child;
    return { exitCode, stdout, stderr };
  }

  /** Runs a verb that must succeed; returns its JSON result. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { exitCode, stdout, stderr } = await this.run(["--json", ...args]);
    if (exitCode !== 0)
      throw new Error(`pyspark-deploy ${args.join(" ")} ended with ${exitCode}:\n${stderr}`);
    return JSON.parse(stdout) as T;
  }
}

/** What `docker` prints, for looking at what the CLI did from outside. */
export async function docker(...args: readonly string[]): Promise<string> {
  return (await execa("docker", args)).stdout.trim();
}

/** Containers, networks and volumes of a project. */
export async function objectsOf(project: string): Promise<string[]> {
  const filter = `label=pyspark-deploy:project=${project}`;
  const [containers, networks, volumes] = await Promise.all([
    docker("ps", "--all", "--filter", filter, "--format", "container {{.Names}}"),
    docker("network", "ls", "--filter", filter, "--format", "network {{.Name}}"),
    docker("volume", "ls", "--filter", filter, "--format", "volume {{.Name}}"),
  ]);
  return [containers, networks, volumes].flatMap((text) => text.split("\n")).filter((line) => line !== "");
}

/** The HTTP status of a GET, 0 while nothing answers. */
export async function httpStatus(url: string): Promise<number> {
  return fetch(url, { signal: AbortSignal.timeout(1000) }).then(
    ({ status }) => status,
    () => 0,
  );
}
