import { existsSync } from "node:fs";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExitCode, UserError } from "../../errors.js";
import { type RunResult, run } from "../../exec/run.js";
import type { TerraformVariables } from "../../plan/aws/terraform-variables.js";
import { killGroup } from "../processes.js";
import { makeScratch, removeScratch } from "../scratch.js";
import { parseDiagnostic, type TerraformError, TerraformFailure } from "./failure.js";
import { isAtLeast, OLDEST_WITH_S3_LOCK, type TerraformProgram } from "./find.js";
import { parseMessage, type TerraformEvent } from "./messages.js";
import type { TerraformOutputs } from "./outputs.js";
import { RemoteState, type RemoteStateLocation } from "./remote-state.js";
import { endLeftTerraform, GRACE_SECONDS, removeNote, writeNote } from "./running.js";
import { initialize, type Preparation, placeModule, prepareProvider } from "./workspace.js";

export interface TerraformOptions {
  readonly program: TerraformProgram;
  /** The cluster's own: the module, the variables, and the state unless that is on S3. */
  readonly stateDirectory: string;
  /** Shared by all clusters: the provider. */
  readonly cacheDirectory: string;
  /** Added to the environment, such as AWS_PROFILE; a function where it may end, asked before each command. */
  readonly env?: Readonly<Record<string, string>> | (() => Promise<Record<string, string>>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Keeps the state on S3, locked by a file beside it; else it is in `stateDirectory`. */
  readonly state?: RemoteStateLocation | undefined;
}

export type OnTerraformEvent = (event: TerraformEvent) => void;

interface Ended {
  readonly outputs: TerraformOutputs | undefined;
  readonly errors: readonly TerraformError[];
  readonly result: RunResult;
}

const VARIABLES_FILE = "terraform.tfvars.json";
/** Where Terraform leaves a state that it could not write to its place. */
const ERRORED_STATE = "errored.tfstate";
/** An orphan of a killed command ends by itself within its next progress message, which comes every 10 s. */
const LOCK_TIMEOUT = "-lock-timeout=15s";
/** At the first SIGINT Terraform gives up the calls in flight and saves its state. */
const ENDING = { signal: "SIGINT", graceSeconds: GRACE_SECONDS } as const;
/** Of a Terraform that came to its own end, well or not. */
const ENDED: readonly number[] = [0, 1];

/** Nothing of the user's own use of Terraform may change what we run. */
const OWN_ENVIRONMENT = {
  CHECKPOINT_DISABLE: "1",
  TF_IN_AUTOMATION: "1",
  TF_INPUT: "0",
  // Loading the provider's schemas is most of Terraform's own time: a quarter less CPU for 150 MB more memory (measured).
  GOGC: "400",
  TF_WORKSPACE: "default",
  TF_CLI_ARGS: "",
  TF_CLI_ARGS_init: "",
  TF_CLI_ARGS_apply: "",
  TF_CLI_ARGS_destroy: "",
};

/** One cluster's resources, through the module in assets/terraform. One command at a time: callers hold the cluster's lock. */
export class Terraform {
  readonly #options: TerraformOptions;
  readonly #remote: RemoteState | undefined;

  /** @throws UserError (exit code 3) when the state is to be on S3 and the program can't lock it there. */
  constructor(options: TerraformOptions) {
    const { program, stateDirectory, state } = options;
    if (state && !isAtLeast(program.version, OLDEST_WITH_S3_LOCK))
      throw new UserError({
        exitCode: ExitCode.toolMissing,
        message: `${program.program} ${program.version} can't lock a state on S3.`,
        hint: `Update it to ${OLDEST_WITH_S3_LOCK} or newer, or leave out state: in pyspark-deploy.yaml.`,
      });
    this.#options = options;
    this.#remote = state && new RemoteState(state, stateDirectory);
  }

  /** What Terraform was called with last; undefined when it never was, or elsewhere. */
  async variables(): Promise<TerraformVariables | undefined> {
    const file = join(this.#options.stateDirectory, VARIABLES_FILE);
    return existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as TerraformVariables) : undefined;
  }

  /**
   * Makes what is missing, and removes the fleets whose key is gone together with their instances. `refresh: false` takes for there
   * what was made before: a fleet whose instances have ended is not made again.
   * @throws TerraformFailure; UserError (exit code 3) when the provider can't be loaded; InterruptedError once Terraform has
   * saved its state: the provider gives up the calls in flight, so that what they make is known by its tags alone.
   */
  async apply(
    variables: TerraformVariables,
    onEvent: OnTerraformEvent,
    { refresh = true }: { readonly refresh?: boolean } = {},
  ): Promise<TerraformOutputs> {
    const flags = refresh ? [] : ["-refresh=false"];
    const { outputs } = await this.#change("apply", flags, variables, onEvent);
    if (!outputs) throw new Error("terraform apply ended well without outputs");
    return outputs;
  }

  /**
   * Removes all that is in the state. End the instances first, and wait for it: Terraform does not. After a command that was
   * interrupted or killed remove by tags first what no state knows: the provider waits 5 minutes for the VPC to be free of it.
   * `refresh: false` does not look first which of it is still there, which is faster and enough where nobody else removes.
   * @throws as `apply`.
   */
  async destroy(
    variables: TerraformVariables,
    onEvent: OnTerraformEvent,
    { refresh = true }: { readonly refresh?: boolean } = {},
  ): Promise<void> {
    const { stateDirectory, state } = this.#options;
    const nothingMade = !existsSync(join(stateDirectory, "terraform.tfstate"));
    if (!state && nothingMade && !existsSync(join(stateDirectory, ERRORED_STATE))) return;
    await this.#change("destroy", refresh ? [] : ["-refresh=false"], variables, onEvent);
  }

  async #change(
    verb: "apply" | "destroy",
    flags: readonly string[],
    variables: TerraformVariables,
    onEvent: OnTerraformEvent,
  ): Promise<Ended> {
    const { stateDirectory } = this.#options;
    const killed = await endLeftTerraform(stateDirectory);
    const env = await this.#prepare(variables);
    if (existsSync(join(stateDirectory, ERRORED_STATE))) await this.#restoreState(env);
    const args = [verb, "-json", "-auto-approve", LOCK_TIMEOUT, ...flags];
    let ended = await this.#run(args, env, onEvent);
    const lock = this.#remote?.staleLock(ended.errors, killed);
    if (lock !== undefined) {
      await this.#terraform(["force-unlock", "-force", lock], env);
      ended = await this.#run(args, env, onEvent);
    }
    if (ended.result.exitCode !== 0) throw this.#failure(verb, ended);
    return ended;
  }

  #failure(verb: "apply" | "destroy", { errors, result }: Ended): UserError {
    const [first, ...others] = errors;
    const locked = this.#remote?.explainLock(errors);
    if (locked) return locked;
    if (first) return new TerraformFailure(verb, [first, ...others]);
    const said = result.stderr.trim() || "it printed nothing";
    return new TerraformFailure(verb, [{ message: `exit code ${result.exitCode}: ${said}` }]);
  }

  /** Makes the cluster's folder ready; returns the environment that Terraform runs in. */
  async #prepare(variables: TerraformVariables): Promise<Record<string, string>> {
    const { program, stateDirectory, cacheDirectory, signal, env: given } = this.#options;
    const shared = { ...(typeof given === "function" ? await given() : given), ...OWN_ENVIRONMENT };
    const request = { program: program.program, cacheDirectory, env: shared, signal };
    const preparation: Preparation = await prepareProvider(request);
    await placeModule(stateDirectory, preparation, this.#remote?.backend({ ...process.env, ...shared }));
    const file = join(stateDirectory, VARIABLES_FILE);
    await writeFile(file, `${JSON.stringify(variables, undefined, 2)}\n`, { mode: 0o600 });
    // User data holds the bootstrap host key.
    await chmod(file, 0o600);
    if (!this.#remote) return { ...shared, TF_DATA_DIR: preparation.dataDirectory };
    const env = { ...shared, TF_DATA_DIR: this.#remote.dataDirectory };
    if (!(await this.#remote.isInitialized())) {
      await initialize(stateDirectory, { ...request, env });
      await this.#remote.setInitialized();
    }
    return env;
  }

  async #restoreState(env: Record<string, string>): Promise<void> {
    const file = join(this.#options.stateDirectory, ERRORED_STATE);
    await this.#terraform(["state", "push", ERRORED_STATE], env);
    await rm(file);
  }

  async #terraform(args: readonly string[], env: Record<string, string>): Promise<void> {
    const { program, stateDirectory, signal } = this.#options;
    const { exitCode, stderr } = await run(
      { file: program.program, args, cwd: stateDirectory, env },
      { signal, ending: ENDING },
    );
    if (exitCode !== 0)
      throw new UserError({
        exitCode: ExitCode.stateConflict,
        message: `terraform ${args[0]} failed: the state of an earlier command can't be put back to its place.`,
        hint: `See ${stateDirectory}; pyspark-deploy destroy also finds by their tags what no state knows.`,
        output: stderr.trim(),
      });
  }

  async #run(
    args: readonly string[],
    env: Record<string, string>,
    onEvent: OnTerraformEvent,
  ): Promise<Ended> {
    const { program, stateDirectory, signal } = this.#options;
    const errors: TerraformError[] = [];
    let outputs: TerraformOutputs | undefined;
    let pid = 0;
    // A provider that is killed leaves its socket in it.
    const scratch = makeScratch("terraform");
    const result = await run(
      { file: program.program, args, cwd: stateDirectory, env: { ...env, TMPDIR: scratch } },
      {
        signal,
        ending: ENDING,
        onStart: (id) => {
          pid = id;
          writeNote(stateDirectory, id, scratch);
        },
        onLine: (line) => {
          const message = parseMessage(line);
          if (message?.kind === "event") onEvent(message.event);
          else if (message?.kind === "error") errors.push(parseDiagnostic(message.diagnostic));
          else if (message?.kind === "outputs") outputs = message.outputs;
        },
      },
    ).finally(() => {
      if (pid > 0) killGroup(pid);
      removeScratch(scratch);
    });
    if (ENDED.includes(result.exitCode)) removeNote(stateDirectory);
    return { outputs, errors, result };
  }
}
