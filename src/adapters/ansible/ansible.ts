import { rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../exec/run.js";
import { makeScratch } from "../scratch.js";
import { type AnsibleEvent, parseEvent } from "./events.js";
import { ansibleFailure, configureFailure } from "./failure.js";
import { UTF8_LOCALE } from "./install.js";
import { type AnsibleHost, renderInventory, renderVariables, type Variables } from "./inventory.js";
import { type KnownHosts, type NodeReport, NodeReports } from "./reports.js";
import { cleanUp, endLeftAnsible, inventoryIn, writeNote } from "./running.js";

export interface ConfigureRequest {
  /** The cluster's folder for Ansible's files: the inventory stays in it, what is secret does not. */
  readonly directory: string;
  /** Has a Host for each node. */
  readonly sshConfigFile: string;
  /** Use the connections that are open by its ControlPath, instead of making and ending some: a handshake less each. */
  readonly shareConnections?: boolean;
  readonly hosts: readonly AnsibleHost[];
  /** The role's variables that all hosts share, secrets among them. */
  readonly variables: Variables;
  /** Where each host's own key takes the place of the one that it booted with, as soon as it is known. */
  readonly knownHosts?: KnownHosts;
  readonly onEvent?: ((event: AnsibleEvent) => void) | undefined;
}

export interface AnsibleOptions {
  /** The ansible-playbook program. */
  readonly program: string;
  /** assets/ansible. */
  readonly playbooks: string;
  readonly signal?: AbortSignal | undefined;
}

/** Holds secrets: it exists until Ansible has read it. */
const VARIABLES = "variables.json";

const FEWEST_FORKS = 5;
const MOST_FORKS = 100;
/** Pipes and the socket of one worker process, with room to spare. */
const FILES_PER_FORK = 10;
const FILES_OF_ANSIBLE = 100;

/** How many hosts Ansible works on at once, within the limit on open files that it inherits. */
export function forksFor(hosts: number, openFiles: number): number {
  const possible = Math.floor((openFiles - FILES_OF_ANSIBLE) / FILES_PER_FORK);
  return Math.max(1, Math.min(Math.max(hosts, FEWEST_FORKS), MOST_FORKS, possible));
}

async function openFilesLimit(): Promise<number> {
  const { stdout } = await run({ file: "sh", args: ["-c", "ulimit -n"] });
  const limit = Number(stdout.trim());
  return Number.isFinite(limit) ? limit : Number.POSITIVE_INFINITY;
}

/** Runs our role on the hosts of a cluster. */
export class Ansible {
  constructor(private readonly options: AnsibleOptions) {}

  #environment(request: ConfigureRequest, scratch: string, forks: number): Record<string, string> {
    const { playbooks } = this.options;
    return {
      LC_ALL: UTF8_LOCALE,
      // The user's own settings do not reach in here.
      ANSIBLE_CONFIG: join(playbooks, "ansible.cfg"),
      ANSIBLE_HOME: scratch,
      ANSIBLE_LOCAL_TEMP: join(scratch, "tmp"),
      // Without ControlPersist Ansible leaves the ControlPath to the ssh_config.
      ...(request.shareConnections
        ? { ANSIBLE_SSH_ARGS: "-o ControlMaster=no" }
        : { ANSIBLE_SSH_CONTROL_PATH_DIR: scratch }),
      ANSIBLE_SSH_COMMON_ARGS: `-F "${request.sshConfigFile}"`,
      ANSIBLE_HOST_KEY_CHECKING: "True",
      ANSIBLE_INVENTORY_ENABLED: "yaml",
      ANSIBLE_ROLES_PATH: join(playbooks, "roles"),
      ANSIBLE_CALLBACK_PLUGINS: join(playbooks, "callback_plugins"),
      ANSIBLE_STDOUT_CALLBACK: "pyspark_deploy_events",
      ANSIBLE_LOAD_CALLBACK_PLUGINS: "False",
      ANSIBLE_FORKS: String(forks),
      ANSIBLE_NOCOLOR: "1",
      ANSIBLE_FORCE_COLOR: "0",
      // Without it Python's forks crash on macOS.
      OBJC_DISABLE_INITIALIZE_FORK_SAFETY: "YES",
    };
  }

  /**
   * Configures all hosts at once; hosts that are as they should be are left as they are.
   * @throws UserError (exit code 5) that names the hosts that failed, why, and their boot; InterruptedError.
   */
  async configure(request: ConfigureRequest): Promise<ReadonlyMap<string, NodeReport>> {
    await endLeftAnsible(request.directory);
    // Short, for the sockets in it; private, for the secrets.
    const scratch = makeScratch("ansible");
    try {
      writeNote(request.directory, scratch);
      return await this.#play(request, scratch);
    } finally {
      rmSync(join(scratch, VARIABLES), { force: true });
      await cleanUp(request.directory, scratch);
    }
  }

  async #play(request: ConfigureRequest, scratch: string): Promise<ReadonlyMap<string, NodeReport>> {
    const inventory = inventoryIn(request.directory);
    const variables = join(scratch, VARIABLES);
    await writeFile(inventory, renderInventory(request.hosts), { mode: 0o600 });
    await writeFile(variables, renderVariables(request.variables), { mode: 0o600 });
    const forks = forksFor(request.hosts.length, await openFilesLimit());
    const seen = new NodeReports(request);
    const noise: string[] = [];
    const { exitCode } = await run(
      {
        file: this.options.program,
        args: [
          "--inventory",
          inventory,
          "--extra-vars",
          `@${variables}`,
          join(this.options.playbooks, "cluster.yml"),
        ],
        env: this.#environment(request, scratch, forks),
      },
      {
        signal: this.options.signal,
        endGroup: true,
        onLine: (line) => {
          const event = parseEvent(line);
          // Ansible has read the secrets by now: should this process be killed, they are gone already.
          if (event) rmSync(variables, { force: true });
          if (event) seen.add([event]);
          else if (!line.startsWith("{")) noise.push(line);
        },
      },
    );
    if (seen.failures.length > 0) throw configureFailure(seen.failures);
    const reports = seen.reports();
    if (exitCode !== 0 || reports.size < request.hosts.length) throw ansibleFailure(noise.join("\n"));
    return reports;
  }
}
