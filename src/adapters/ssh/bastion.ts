import { ExitCode, UserError } from "../../errors.js";
import { run } from "../../exec/run.js";
import { socketPrefix } from "./sockets.js";

/** Its connection stays open behind the last command that used it. */
const PERSIST_SECONDS = 600;
/** Less than the 10 s that a node has to answer by way of it, so that it is the bastion that is told of. */
const CONNECT_SECONDS = 8;
const PROBE_SECONDS = 5;
/** What an SSH server says first. */
const BANNER = /^SSH-2\.0-/;
/** What ssh returns when it is itself that failed. */
const SSH_FAILED = 255;

/** The bastion's Host in a cluster's ssh_config, which names the socket of its connection and nothing else. */
export const BASTION = "bastion";

/** "user@host:port" as ssh's arguments; the user's own ssh_config may know more of it. */
function destination(bastion: string): readonly string[] {
  const [, place = bastion, port] = /^(.*?)(?::(\d+))?$/.exec(bastion) ?? [];
  return [...(port === undefined ? [] : ["-p", port]), place];
}

/**
 * One connection for all nodes: a bastion's sshd drops what comes while more than ten log in (MaxStartups of sshd_config).
 * Nobody is there to be asked for a passphrase.
 */
const options = (socket: string): readonly string[] => [
  ...["-o", "BatchMode=yes", "-o", `ConnectTimeout=${CONNECT_SECONDS}`],
  // A connection that has died, with the laptop asleep, must not be taken for one.
  ...["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"],
  ...["-o", "ControlMaster=auto", "-o", `ControlPersist=${PERSIST_SECONDS}`, "-o", `ControlPath=${socket}`],
];

export const bastionSocket = (socketDirectory: string, clusterId: string): string =>
  `${socketDirectory}/${socketPrefix(clusterId)}-${BASTION}`;

/** The ProxyCommand of an ssh_config: through the bastion as the user's own ssh reaches it, with his keys and known_hosts. */
export const proxyCommand = (bastion: string, socket: string): string =>
  ["ssh", ...options(socket), "-W", "%h:%p", ...destination(bastion)].join(" ");

/** Finds the bastion in an ssh_config that has such a ProxyCommand. */
export const PROXIED = /^ *ProxyCommand .* -W %h:%p (.+)$/m;

function explain(bastion: string, said: string): UserError {
  const [port, place] = [/:(\d+)$/.exec(bastion)?.[1], bastion.replace(/:\d+$/, "")];
  const command = `ssh ${port === undefined ? "" : `-p ${port} `}${place}`;
  const hint = /host key verification failed|REMOTE HOST IDENTIFICATION/i.test(said)
    ? `Its host key is not in your known_hosts: connect once and compare it: ${command}`
    : /permission denied|passphrase|sign_and_send/i.test(said)
      ? `It must let you in without a question: load your key (ssh-add), then try: ${command}`
      : `Correct aws.bastion, or try it yourself: ${command}`;
  return new UserError({
    exitCode: ExitCode.notReady,
    message: `The bastion ${bastion} can't be reached by SSH.`,
    hint,
    output: said,
  });
}

/** The SSH host through which a cluster's nodes are reached. */
export class Bastion {
  constructor(
    private readonly place: string,
    private readonly socket: string,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Opens the connection that all nodes share.
   * @throws UserError (exit code 5) that says why the bastion does not let this user in.
   */
  async open(): Promise<void> {
    // Whatever a bastion without a shell answers, whoever hears it is in.
    const args = [...options(this.socket), ...destination(this.place), "true"];
    const { exitCode, stderr } = await run({ file: "ssh", args }, { signal: this.signal });
    if (exitCode === SSH_FAILED) throw explain(this.place, stderr.trim());
  }

  /** True when an SSH server answers there, as the bastion sees it. */
  async reaches(address: string, port: number): Promise<boolean> {
    const args = [...options(this.socket), "-W", `${address}:${port}`, ...destination(this.place)];
    // What drops packets would be waited for as long as the bastion's system does.
    const { stdout } = await run(
      { file: "ssh", args },
      { signal: this.signal, timeoutSeconds: PROBE_SECONDS },
    );
    return BANNER.test(stdout);
  }
}
