import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { ExitCode, UserError } from "../errors.js";
import type { SharedObject, SharedObjects } from "./shared-objects.js";

/** Seconds after its last renewal at which a lock is anybody's: a laptop that died blocks its team for that long. */
export const LOCK_SECONDS = 60;
const RENEW_SECONDS = 15;
/** How often a lock that is released or taken over at this very moment is tried again. */
const TRIES = 3;

const holderSchema = z.object({
  token: z.string(),
  /** "user@host" */
  who: z.string(),
  pid: z.number(),
  verb: z.string(),
  /** ISO 8601, UTC. */
  since: z.string(),
  /** For people: what counts is the object's age by the clock of S3. */
  expires: z.string(),
});
type Holder = z.output<typeof holderSchema>;

export interface SharedLockRequest {
  readonly objects: SharedObjects;
  readonly key: string;
  readonly cluster: string;
  readonly verb: string;
  /**
   * Keeps the token of the lock that was last taken from this folder. Whoever asks holds this folder's own lock: a token in it
   * is that of a command that was killed, whose lock is taken over at once.
   */
  readonly tokenFile: string;
  /** Told once when another command has taken the lock over. */
  readonly onLost: (message: string) => void;
  readonly renewSeconds?: number;
}

function parseHolder({ text }: SharedObject): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The verb of the command that holds a lock; undefined when none does, or one that is dead. */
export async function sharedLockHeldBy(objects: SharedObjects, key: string): Promise<string | undefined> {
  const found = await objects.read(key);
  return found && found.ageSeconds <= LOCK_SECONDS ? parseHolder(found)?.verb : undefined;
}

/** A lock on S3 that is renewed while it is held. */
export class SharedLock {
  readonly #token = randomBytes(12).toString("hex");
  readonly #since = new Date().toISOString();
  #etag = "";
  #lost = false;
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> = Promise.resolve();

  private constructor(private readonly request: SharedLockRequest) {}

  /**
   * Takes the lock, or takes it over from a command that is dead.
   * @throws UserError (exit code 6) that says who holds it, since when, and when it can be taken over.
   */
  static async acquire(request: SharedLockRequest): Promise<SharedLock> {
    const lock = new SharedLock(request);
    const left = (await readFile(request.tokenFile, "utf8").catch(() => "")).trim();
    // First of all: killed in between, the next command knows whose lock it is.
    await lock.#note(lock.#token);
    await lock.#acquire(left).catch(async (error: unknown) => {
      await lock.#note(left);
      throw error;
    });
    const interval = (request.renewSeconds ?? RENEW_SECONDS) * 1000;
    lock.#timer = setInterval(() => void lock.renew().catch(() => {}), interval);
    lock.#timer.unref();
    return lock;
  }

  /** A folder that can't be written to takes no lock of its own command over at once, and that is all. */
  async #note(token: string): Promise<void> {
    const { tokenFile } = this.request;
    await mkdir(dirname(tokenFile), { recursive: true }).catch(() => {});
    await writeFile(tokenFile, `${token}\n`).catch(() => {});
  }

  #text(): string {
    const { verb } = this.request;
    const holder: Holder = {
      token: this.#token,
      who: `${userInfo().username}@${hostname()}`,
      pid: process.pid,
      verb,
      since: this.#since,
      expires: new Date(Date.now() + LOCK_SECONDS * 1000).toISOString(),
    };
    return `${JSON.stringify(holder, null, 2)}\n`;
  }

  async #acquire(left: string): Promise<void> {
    const { objects, key } = this.request;
    let inTheWay: SharedObject | undefined;
    for (let tries = 0; tries < TRIES; tries++) {
      const made = await objects.write(key, this.#text(), "absent");
      if (made !== undefined) return this.#hold(made);
      inTheWay = await objects.read(key);
      if (!inTheWay) continue;
      const token = parseHolder(inTheWay)?.token;
      // A write whose first answer was lost.
      if (token === this.#token) return this.#hold(inTheWay.etag);
      const dead = inTheWay.ageSeconds > LOCK_SECONDS || (token !== undefined && token === left);
      if (!dead) break;
      const taken = await objects.write(key, this.#text(), { etag: inTheWay.etag });
      if (taken !== undefined) return this.#hold(taken);
    }
    throw this.#atWork(inTheWay);
  }

  #hold(etag: string): void {
    this.#etag = etag;
  }

  #atWork(found: SharedObject | undefined): UserError {
    const { cluster } = this.request;
    const holder = found && parseHolder(found);
    const age = Math.max(0, Math.round(found?.ageSeconds ?? 0));
    const rest = Math.max(1, LOCK_SECONDS - age + 1);
    return new UserError({
      exitCode: ExitCode.stateConflict,
      message: holder
        ? `"pyspark-deploy ${holder.verb}" is at work on "${cluster}": ${holder.who} (process ${holder.pid}) since ${holder.since}.`
        : `Another command is at work on "${cluster}".`,
      hint: `Wait until it is done. Its lock was renewed ${age} s ago: if that command is dead, run yours again in ${rest} s, which takes the lock over.`,
    });
  }

  /**
   * Renews the lock now; as long as it can, nobody else has it.
   * @throws UserError (exit code 6) when another command has taken it over.
   */
  renew(): Promise<void> {
    const next = this.#renewal.catch(() => {}).then(() => this.#renew());
    this.#renewal = next;
    return next;
  }

  async #renew(): Promise<void> {
    const { objects, key, cluster, onLost } = this.request;
    if (!this.#lost) {
      const renewed = await objects.write(key, this.#text(), { etag: this.#etag });
      if (renewed !== undefined) return this.#hold(renewed);
      const found = await objects.read(key);
      if (found && parseHolder(found)?.token === this.#token) return this.#hold(found.etag);
      this.#lost = true;
      clearInterval(this.#timer);
      onLost(`Another command has taken over the lock of "${cluster}": was this machine asleep, or offline?`);
    }
    throw new UserError({
      exitCode: ExitCode.stateConflict,
      message: `Another command has taken over the lock of "${cluster}": this one stops here and removes nothing.`,
      hint: `Look what became of it: pyspark-deploy status ${cluster}`,
    });
  }

  async release(): Promise<void> {
    const { objects, key, tokenFile } = this.request;
    clearInterval(this.#timer);
    // Renewed first: what is removed then is certainly this command's.
    const held = await this.renew().then(
      () => true,
      () => false,
    );
    if (held) await objects.remove([key]).catch(() => {});
    await rm(tokenFile, { force: true });
  }
}
