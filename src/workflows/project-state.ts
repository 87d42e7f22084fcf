import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { S3SharedObjects } from "../adapters/aws/shared-objects.js";
import type { LoadedConfig } from "../config/load.js";
import { roleToTake } from "../config/role.js";
import { parseStateAddress } from "../config/state-address.js";
import type { Context } from "../context.js";
import { ExitCode, UserError } from "../errors.js";
import { heldBy, withLock } from "../state/lock.js";
import { RecordStore, type Records, STATE_DIRECTORY } from "../state/record.js";
import { SharedLock, sharedLockHeldBy } from "../state/shared-lock.js";
import { LOCK_FILE, SharedRecordStore } from "../state/shared-record.js";

/** Where a project's records and locks are: in its folder, or on S3 for a team. One for all sessions of a command. */
export class ProjectState {
  readonly records: Records;
  readonly #local: RecordStore;
  /** Undefined for a project whose state is in its folder. */
  readonly shared: S3SharedObjects | undefined;
  /** The locks on S3 that this command holds, by cluster. */
  readonly #held = new Map<string, SharedLock>();

  constructor(
    private readonly loaded: LoadedConfig,
    private readonly context: Pick<Context, "env" | "report">,
  ) {
    const { config, directory } = loaded;
    this.#local = new RecordStore(directory);
    if (config.state === undefined) {
      this.records = this.#local;
      return;
    }
    const { aws, storage } = config;
    const [cloud] = loaded.clouds;
    const scope = {
      region: aws.region ?? cloud?.region ?? storage.region,
      profile: aws.profile ?? cloud?.profile,
      role: roleToTake(aws) ?? cloud?.role,
    };
    this.shared = new S3SharedObjects(scope, parseStateAddress(config.state), context.env);
    this.records = new SharedRecordStore({
      local: this.#local,
      objects: this.shared,
      project: config.project,
      profile: ({ cloud }) =>
        config.aws.profile ?? loaded.clouds.find(({ region }) => region === cloud?.region)?.profile,
      prepare: async (record, folder) => {
        const { prepareAccess } = await import("../providers/aws/access.js");
        await prepareAccess(record, folder, context.env);
      },
    });
  }

  /** Runs `work` as the only command that changes the cluster: of this folder, and of the team where the cluster is shared. */
  async locked<T>(
    cluster: string,
    verb: string,
    work: () => Promise<T>,
    withoutLock?: (why: UserError) => void,
  ): Promise<T> {
    const both = async () =>
      (await this.#isShared(cluster, verb)) ? this.#lockedOnS3(cluster, verb, work, withoutLock) : work();
    return withLock(this.#lockFile(cluster), verb, both, withoutLock);
  }

  #lockFile(cluster: string): string {
    return join(this.loaded.directory, STATE_DIRECTORY, `${cluster}.lock`);
  }

  /** True where this folder has a lock of such a cluster, or a folder for its record. */
  isTouched(cluster: string): boolean {
    // A lock is a link that leads nowhere.
    const lock = lstatSync(this.#lockFile(cluster), { throwIfNoEntry: false });
    return lock !== undefined || existsSync(this.#local.directory(cluster));
  }

  #lockKey(cluster: string): string {
    return `${this.loaded.config.project}/${cluster}/${LOCK_FILE}`;
  }

  /** The verb of the command that changes the cluster right now, from wherever. */
  async atWork(cluster: string): Promise<string | undefined> {
    const here = await heldBy(this.#lockFile(cluster));
    if (here !== undefined || !this.shared || !(await this.#isShared(cluster, ""))) return here;
    return sharedLockHeldBy(this.shared, this.#lockKey(cluster));
  }

  /** Clusters of this machine's engine are nobody else's. */
  async #isShared(cluster: string, verb: string): Promise<boolean> {
    if (!this.shared) return false;
    if (verb === "create") return this.loaded.config.provider !== "local";
    const here = await this.#local.read(cluster).catch(() => undefined);
    return here?.provider !== "local";
  }

  async #lockedOnS3<T>(
    cluster: string,
    verb: string,
    work: () => Promise<T>,
    withoutLock: ((why: UserError) => void) | undefined,
  ): Promise<T> {
    const { directory } = this.loaded;
    if (!this.shared) return work();
    let lock: SharedLock;
    try {
      lock = await SharedLock.acquire({
        objects: this.shared,
        key: this.#lockKey(cluster),
        cluster,
        verb,
        tokenFile: join(directory, STATE_DIRECTORY, `${cluster}.s3-lock`),
        onLost: (message) => this.context.report.note(message, "warning"),
      });
    } catch (error) {
      const cannot = error instanceof UserError && error.exitCode === ExitCode.cloudRefused;
      if (!cannot || !withoutLock) throw error;
      withoutLock(error);
      return work();
    }
    this.#held.set(cluster, lock);
    try {
      return await work();
    } finally {
      this.#held.delete(cluster);
      await lock.release();
    }
  }

  /**
   * To be called by who holds the lock, before it removes anything.
   * @throws UserError (exit code 6) when the lock on S3 was taken over meanwhile: the cluster is somebody else's to change.
   */
  async fence(cluster: string): Promise<void> {
    await this.#held.get(cluster)?.renew();
  }
}
