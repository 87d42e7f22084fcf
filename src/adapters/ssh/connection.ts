import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { ExitCode, UserError } from "../../errors.js";
import { interact, type RunResult, run } from "../../exec/run.js";
import { PROXIED } from "./bastion.js";
import { socketDirectory, socketPrefix } from "./sockets.js";

/** How long a connection stays open behind the last command that used it. */
const PERSIST_SECONDS = 600;

/** What forwards reach on a host's loopback or network. */
export interface Tunnel {
  /** DOCKER_HOST of the host's engine. */
  readonly dockerHost: string;
  /** What the host serves, on this machine's loopback. */
  readonly ui: string | undefined;
}

/** A free port of the loopback interface. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Connections to the hosts of one cluster through its own ssh_config; one per host, shared by all commands. */
export class SshConnections {
  constructor(
    private readonly configFile: string,
    private readonly clusterId: string,
    /** What each host serves, as the host itself reaches it. */
    private readonly served: (host: string) => string | undefined,
    private readonly signal?: AbortSignal,
    /** Has this machine's key let in by a host, where that is needed before each new connection. */
    private readonly letIn?: (host: string) => Promise<void>,
  ) {}

  /** The control socket of a host's shared connection; the names of what belongs to it begin with this. */
  async #socket(host: string): Promise<string> {
    return join(await socketDirectory(), `${socketPrefix(this.clusterId)}-${host}`);
  }

  /** Before a command that may open a connection: nothing to do where one is open that it shares. */
  async #letIn(host: string): Promise<void> {
    if (!this.letIn) return;
    const base = await this.#socket(host);
    if (existsSync(base) && (await this.#ssh(["-O", "check", host])).exitCode === 0) return;
    await this.letIn(host);
  }

  #ssh(args: readonly string[], input?: string): Promise<RunResult> {
    return run(
      { file: "ssh", args: ["-F", this.configFile, ...args], ...(input !== undefined && { input }) },
      { signal: this.signal },
    );
  }

  /** What of the ssh_config leads through a bastion, as ssh's arguments. */
  async #bastion(): Promise<string | undefined> {
    const config = await readFile(this.configFile, "utf8").catch(() => "");
    return PROXIED.exec(config)?.[1];
  }

  /** The engine of a host, and what it serves, on this machine; opens the connection where none is open. */
  async tunnel(host: string): Promise<Tunnel> {
    const base = await this.#socket(host);
    return (await this.#findOpen(host, base)) ?? this.#open(host, base, this.served(host));
  }

  async #findOpen(host: string, base: string): Promise<Tunnel | undefined> {
    if (!existsSync(`${base}.docker`)) return undefined;
    const { exitCode } = await this.#ssh(["-O", "check", host]);
    if (exitCode !== 0) return undefined;
    const port = await readFile(`${base}.port`, "utf8").catch(() => "");
    return {
      dockerHost: `unix://${base}.docker`,
      ui: port === "" ? undefined : `http://127.0.0.1:${port}`,
    };
  }

  async #open(host: string, base: string, remoteUi: string | undefined): Promise<Tunnel> {
    const port = remoteUi === undefined ? undefined : await freePort();
    // A connection without our forwards (one that Ansible made, or one half dead) would swallow them.
    await this.close(host);
    await this.letIn?.(host);
    const forwards = [
      ...["-L", `${base}.docker:/var/run/docker.sock`],
      ...(port === undefined ? [] : ["-L", `127.0.0.1:${port}:${remoteUi}`]),
    ];
    const options = [
      ...["-o", "ControlMaster=auto", "-o", `ControlPersist=${PERSIST_SECONDS}`],
      ...["-o", "StreamLocalBindUnlink=yes", "-o", "ExitOnForwardFailure=yes", "-o", "BatchMode=yes"],
    ];
    // Without a command ssh -f would keep our pipes open; a connection that persists lets go of them.
    const result = await this.#ssh([...options, ...forwards, host, "true"]);
    if (result.exitCode !== 0) throw explainSsh(host, result, await this.#bastion());
    await writeFile(`${base}.port`, port === undefined ? "" : String(port));
    return {
      dockerHost: `unix://${base}.docker`,
      ui: port === undefined ? undefined : `http://127.0.0.1:${port}`,
    };
  }

  /** Runs a program on a host; a non-zero exit code is returned, a connection that fails is thrown. */
  async run(host: string, command: string, input?: string): Promise<RunResult> {
    const options = ["-o", "ControlMaster=auto", "-o", `ControlPersist=${PERSIST_SECONDS}`];
    await this.#letIn(host);
    const result = await this.#ssh([...options, "-o", "BatchMode=yes", host, command], input);
    if (result.exitCode === SSH_FAILED) throw explainSsh(host, result, await this.#bastion());
    return result;
  }

  /** False when a host answers with another host key than the one that is known of it; true as well while it does not answer. */
  async showsItsKey(host: string): Promise<boolean> {
    await this.#letIn(host);
    const { exitCode, stderr } = await this.#ssh(["-o", "BatchMode=yes", host, "true"]);
    return exitCode !== SSH_FAILED || !OTHER_KEY.test(stderr);
  }

  /** A shell, or a command, with this process's terminal; returns its exit code. */
  async shell(host: string, command: readonly string[], signal: AbortSignal): Promise<number> {
    await this.#letIn(host);
    return interact({ file: "ssh", args: ["-F", this.configFile, host, ...command] }, { signal });
  }

  /** Ends the shared connection to a host, if there is one. */
  async close(host: string): Promise<void> {
    await closeSocket(await this.#socket(host));
  }
}

/** One that does not answer is dead. */
const CLOSE_SECONDS = 5;

/** Without a cluster's ssh_config, which may be lost. */
async function closeSocket(base: string): Promise<void> {
  const args = ["-F", "none", "-o", `ControlPath=${base}`, "-O", "exit", "host"];
  if (existsSync(base)) await run({ file: "ssh", args }, { timeoutSeconds: CLOSE_SECONDS });
  await Promise.all(["", ".docker", ".port"].map((end) => rm(`${base}${end}`, { force: true })));
}

/** Ends all shared connections to a cluster's hosts; what a machine that died left of them goes too. */
export async function closeConnections(clusterId: string): Promise<void> {
  const directory = await socketDirectory();
  const files = (await readdir(directory)).filter((file) => file.startsWith(`${socketPrefix(clusterId)}-`));
  const sockets = new Set(files.map((file) => file.replace(/\.(docker|port)$/, "")));
  await Promise.all([...sockets].map((socket) => closeSocket(join(directory, socket))));
}

/** What ssh returns when it is itself that failed. */
const SSH_FAILED = 255;
const OTHER_KEY = /host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No ED25519 host key/i;

/** Says why a host can't be reached, and what to do. */
function explainSsh(
  host: string,
  { stderr }: Pick<RunResult, "stderr">,
  bastion: string | undefined,
): UserError {
  const text = stderr.trim();
  // Nothing came from the host itself; what the bastion's ssh said is lost, as always with ControlPersist.
  if (
    bastion !== undefined &&
    /^(kex_exchange_identification|banner exchange|Connection timed out)/m.test(text)
  )
    return new UserError({
      exitCode: ExitCode.notReady,
      message: `${host} can't be reached through the bastion.`,
      hint: `Does it let you in without a question, and is the node still there? Try: ssh ${bastion} true; pyspark-deploy status`,
      output: text,
    });
  if (OTHER_KEY.test(text)) {
    return new UserError({
      exitCode: ExitCode.notReady,
      message: `${host} shows another host key than the one it had when the cluster was made: this may not be your node.`,
      hint: "If nobody can explain it, remove the cluster: pyspark-deploy destroy",
      output: text,
    });
  }
  if (/permission denied/i.test(text)) {
    return new UserError({
      exitCode: ExitCode.notReady,
      message: `${host} refuses this machine's SSH key.`,
      hint: "Was the record copied from another cluster? A teammate whose key the nodes lack needs EC2 Instance Connect in the machine image, or his key in aws.sshKeys.",
      output: text,
    });
  }
  return new UserError({
    exitCode: ExitCode.notReady,
    message: `${host} can't be reached by SSH.`,
    hint: "Is it still there, and may this address reach it? See: pyspark-deploy status",
    output: text,
  });
}
