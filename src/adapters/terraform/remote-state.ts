import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../../errors.js";
import type { TerraformError } from "./failure.js";
import type { KilledCommand } from "./running.js";

/** Where a state lies on S3. */
export interface RemoteStateLocation {
  readonly bucket: string;
  /** The cluster's own, without a slash at the end. */
  readonly prefix: string;
  /** The bucket's; else the region of the environment or of the AWS profile. */
  readonly region?: string | undefined;
}

interface LockInfo {
  readonly id: string;
  /** "user@host" */
  readonly who: string;
  /** Unix milliseconds. */
  readonly created: number;
}

/** Terraform takes its lock first of all, or after the 15 s that it waits for one. */
const LOCKED_WITHIN_MS = 30_000;

/** Terraform prints a time as Go does: "2026-11-22 23:46:50.115670 +0000 UTC". */
function parseCreated(message: string): number {
  const [, day, time] = /Created: +(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(message) ?? [];
  return day === undefined ? 0 : Date.parse(`${day}T${time}Z`);
}

/** Reads the owner of a lock out of Terraform's complaint, which is one line by now. */
export function parseLock({ code, message }: TerraformError): LockInfo | undefined {
  if (code !== "StateLocked") return undefined;
  const read = (field: string) => new RegExp(`\\b${field}: +(.*?)(?= \\w+:|$)`).exec(message)?.[1];
  const id = read("ID");
  return id === undefined
    ? undefined
    : { id, who: read("Who") ?? "somebody", created: parseCreated(message) };
}

/** Terraform's S3 backend with its lock file; a killed command leaves that file, which is then ours to remove. */
export class RemoteState {
  readonly #location: RemoteStateLocation;
  readonly #directory: string;

  constructor(location: RemoteStateLocation, stateDirectory: string) {
    this.#location = location;
    this.#directory = stateDirectory;
  }

  /** Terraform remembers its backend in there: no other cluster may share it. */
  get dataDirectory(): string {
    return join(this.#directory, ".terraform");
  }

  /**
   * As it stands in a `*.tf.json` file. What is encrypted, and how, is the bucket's default. Servers other than AWS's own know
   * no bucket by its host name.
   */
  backend(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, unknown>> {
    const { bucket, prefix, region } = this.#location;
    const elsewhere = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
    return {
      terraform: {
        backend: {
          s3: {
            bucket,
            key: `${prefix}/terraform.tfstate`,
            use_lockfile: true,
            ...(region !== undefined && { region }),
            ...(elsewhere !== undefined && { use_path_style: true }),
          },
        },
      },
    };
  }

  get #initializedFile(): string {
    return join(this.dataDirectory, "initialized");
  }

  async #fingerprint(): Promise<string> {
    const files = ["backend.tf.json", ".terraform.lock.hcl"].map((name) =>
      readFile(join(this.#directory, name)),
    );
    return (await Promise.all(files))
      .reduce((hash, content) => hash.update(content), createHash("sha256"))
      .digest("hex");
  }

  /** True when `init` has run here for this backend and this provider. */
  async isInitialized(): Promise<boolean> {
    const seen = await readFile(this.#initializedFile, "utf8").catch(() => undefined);
    return seen !== undefined && seen === (await this.#fingerprint());
  }

  async setInitialized(): Promise<void> {
    await writeFile(this.#initializedFile, await this.#fingerprint());
  }

  /** The id of the lock that stopped Terraform, when a killed command of this very folder left it. */
  staleLock(errors: readonly TerraformError[], killed: KilledCommand | undefined): string | undefined {
    const [lock] = errors.flatMap((error) => parseLock(error) ?? []);
    if (!lock || !killed) return undefined;
    // Another command of the same user, from another folder, would have begun at another time.
    const since = lock.created - killed.began;
    const isOurs =
      lock.who === `${userInfo().username}@${hostname()}` && since > -1000 && since < LOCKED_WITHIN_MS;
    return isOurs ? lock.id : undefined;
  }

  /** Says whose lock stops us, and how it is removed. */
  explainLock(errors: readonly TerraformError[]): UserError | undefined {
    const [lock] = errors.flatMap((error) => parseLock(error) ?? []);
    if (!lock) return undefined;
    const { bucket, prefix } = this.#location;
    return new UserError({
      exitCode: ExitCode.stateConflict,
      message: `${lock.who} is at work on this cluster since ${new Date(lock.created).toISOString()}: the state is locked.`,
      hint: `Wait until it is done; if that command is dead: aws s3 rm s3://${bucket}/${prefix}/terraform.tfstate.tflock`,
    });
  }
}
