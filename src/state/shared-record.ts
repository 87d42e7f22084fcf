import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ExitCode, UserError } from "../errors.js";
import { RECORD_FILE } from "./names.js";
import {
  type ClusterRecord,
  parseRecord,
  parseSecrets,
  type RecordedSecrets,
  type RecordStore,
  type Records,
  SECRETS_FILE,
  storedText,
} from "./record.js";
import type { SharedObjects } from "./shared-objects.js";

/** Marks a folder that is a working copy of a shared record: it goes when the record is gone. */
const COPY_FILE = "shared";
export const LOCK_FILE = "lock.json";

export interface SharedRecordOptions {
  /** Keeps the records of local clusters, and the working copies of the others. */
  readonly local: RecordStore;
  readonly objects: SharedObjects;
  readonly project: string;
  /** The AWS profile of who uses this folder: his teammates' may have other names. */
  readonly profile: (record: ClusterRecord) => string | undefined;
  /** Makes what this machine needs to reach the cluster's hosts, in the record's folder. */
  readonly prepare: (record: ClusterRecord, directory: string) => Promise<void>;
}

/**
 * Records on S3 for a team: clusters in a cloud are everybody's, those of this machine's engine stay in the folder. A folder of
 * each shared cluster is made here from its record, for keys, ssh_config and Terraform.
 */
export class SharedRecordStore implements Records {
  readonly #options: SharedRecordOptions;
  /** The version of each record that this command read or wrote: no other is ever replaced. */
  readonly #seen = new Map<string, string>();

  constructor(options: SharedRecordOptions) {
    this.#options = options;
  }

  directory(cluster: string): string {
    return this.#options.local.directory(cluster);
  }

  #key(cluster: string, file = ""): string {
    return `${this.#options.project}/${cluster}/${file}`;
  }

  #isCopy(cluster: string): boolean {
    return existsSync(join(this.directory(cluster), COPY_FILE));
  }

  /** True when the cluster is this folder's alone: it was made before there was a shared state, or on this machine's engine. */
  #isOwn(cluster: string): boolean {
    return !this.#isCopy(cluster) && existsSync(join(this.directory(cluster), RECORD_FILE));
  }

  async names(): Promise<string[]> {
    const { local, objects, project } = this.#options;
    // In this order: what has a copy here has been on S3 before.
    const here = await local.names();
    const keys = await objects.list(`${project}/`);
    const shared = keys.flatMap((key) => {
      const [, cluster = "", file] = key.split("/");
      return file === RECORD_FILE ? [cluster] : [];
    });
    const own = here.filter((cluster) => this.#isOwn(cluster));
    const gone = here.filter((cluster) => !own.includes(cluster) && !shared.includes(cluster));
    await Promise.all(gone.map((cluster) => this.#forget(cluster)));
    return [...new Set([...own, ...shared])].sort();
  }

  async namesHere(): Promise<string[]> {
    return (await this.#options.local.names()).filter((cluster) => this.#isOwn(cluster));
  }

  /** Removes the copy of what a teammate destroyed, unless it has come back meanwhile. */
  async #forget(cluster: string): Promise<void> {
    const { local, objects } = this.#options;
    if (await objects.read(this.#key(cluster, RECORD_FILE))) return;
    await local.remove(cluster);
  }

  async read(cluster: string): Promise<ClusterRecord | undefined> {
    if (this.#isOwn(cluster)) return this.#options.local.read(cluster);
    const key = this.#key(cluster, RECORD_FILE);
    const found = await this.#options.objects.read(key);
    if (!found) {
      this.#seen.delete(cluster);
      return undefined;
    }
    this.#seen.set(cluster, found.etag);
    const record = this.#mine(parseRecord(found.text, this.#options.objects.url(key), cluster));
    await this.#bringUpToDate(record).catch((cause: unknown) => {
      if (cause instanceof UserError) throw cause;
      throw new UserError({
        exitCode: ExitCode.stateConflict,
        message: `The folder of "${cluster}" can't be made from its record: ${(cause as Error).message}`,
        hint: `Free space or correct the permissions of ${this.directory(cluster)}, then run the command again.`,
        cause,
      });
    });
    return record;
  }

  /** The record with the AWS profile of who reads it in place of its maker's. */
  #mine(record: ClusterRecord): ClusterRecord {
    if (!record.cloud) return record;
    const { profile: _, ...cloud } = record.cloud;
    const profile = this.#options.profile(record);
    return { ...record, cloud: { ...cloud, ...(profile !== undefined && { profile }) } };
  }

  async #bringUpToDate(record: ClusterRecord): Promise<void> {
    const { local, prepare } = this.#options;
    const { cluster, clusterId } = record.identity;
    const copy = await local.read(cluster).catch(() => undefined);
    if (isDeepStrictEqual(copy, record)) return;
    // Another cluster had this name: nothing of it is of use.
    if (copy && copy.identity.clusterId !== clusterId) await local.remove(cluster);
    await this.#mark(cluster);
    await prepare(record, this.directory(cluster));
    await local.write(record);
  }

  /** Before there is a record in the folder: one without the mark would be this folder's own. */
  async #mark(cluster: string): Promise<void> {
    const directory = this.directory(cluster);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, COPY_FILE), `${this.#options.objects.url(this.#key(cluster))}\n`);
  }

  async secrets(cluster: string): Promise<RecordedSecrets | undefined> {
    const { local, objects } = this.#options;
    if (this.#isOwn(cluster)) return local.secrets(cluster);
    const key = this.#key(cluster, SECRETS_FILE);
    const found = await objects.read(key);
    return found && parseSecrets(found.text, objects.url(key), cluster);
  }

  /** @throws UserError (exit code 6) when somebody else wrote the record since this command read it. */
  async write(record: ClusterRecord): Promise<void> {
    const { local, objects } = this.#options;
    const { cluster } = record.identity;
    if (record.provider === "local" || this.#isOwn(cluster)) return local.write(record);
    const key = this.#key(cluster, RECORD_FILE);
    const { cloud } = record;
    const text = storedText(cloud ? { ...record, cloud: { ...cloud, profile: undefined } } : record);
    const seen = this.#seen.get(cluster);
    const written = await objects.write(key, text, seen === undefined ? "absent" : { etag: seen });
    this.#seen.set(cluster, written ?? (await this.#ownVersion(cluster, key, text)));
    await this.#mark(cluster);
    await local.write(record);
  }

  /** The version of what a write that was told to have failed has written after all: its first answer was lost. */
  async #ownVersion(cluster: string, key: string, text: string): Promise<string> {
    const found = await this.#options.objects.read(key);
    if (found?.text === text) return found.etag;
    throw new UserError({
      exitCode: ExitCode.stateConflict,
      message: `The record of "${cluster}" was ${found ? "changed" : "removed"} by another command meanwhile: this one leaves it alone.`,
      hint: `Look what became of it: pyspark-deploy status ${cluster}`,
    });
  }

  async writeSecrets(cluster: string, secrets: RecordedSecrets): Promise<void> {
    const { local, objects } = this.#options;
    if (this.#isOwn(cluster)) return local.writeSecrets(cluster, secrets);
    await objects.write(this.#key(cluster, SECRETS_FILE), storedText(secrets), undefined);
  }

  /** Removes all that is kept of the cluster, Terraform's state too, but for the lock, which its holder removes. */
  async remove(cluster: string): Promise<void> {
    const { local, objects } = this.#options;
    if (!this.#isOwn(cluster)) {
      const record = this.#key(cluster, RECORD_FILE);
      const kept = [record, this.#key(cluster, LOCK_FILE)];
      const keys = await objects.list(this.#key(cluster));
      // The record goes last: as long as anything is left, the cluster is listed.
      await objects.remove(keys.filter((key) => !kept.includes(key)));
      await objects.remove(keys.filter((key) => key === record));
      this.#seen.delete(cluster);
    }
    await local.remove(cluster);
  }
}
