import type { SharedObject, SharedObjects, WriteCondition } from "../../src/state/shared-objects.js";

/** A bucket in memory, with a clock of its own; every call is one step, as on S3. */
export class FakeObjects implements SharedObjects {
  /** Seconds. */
  now = 0;
  /** What every call throws from now on: S3 can't be reached, say. */
  failure: Error | undefined;
  readonly #objects = new Map<
    string,
    { readonly text: string; readonly etag: string; readonly at: number }
  >();
  #versions = 0;

  url(key: string): string {
    return `s3://team/${key}`;
  }

  async #step(): Promise<void> {
    await Promise.resolve();
    if (this.failure) throw this.failure;
  }

  async read(key: string): Promise<SharedObject | undefined> {
    await this.#step();
    const found = this.#objects.get(key);
    return found && { text: found.text, etag: found.etag, ageSeconds: this.now - found.at };
  }

  async write(key: string, text: string, condition: WriteCondition | undefined): Promise<string | undefined> {
    await this.#step();
    const found = this.#objects.get(key);
    if (condition === "absent" ? found : condition && found?.etag !== condition.etag) return undefined;
    this.#versions += 1;
    const etag = `"${this.#versions}"`;
    this.#objects.set(key, { text, etag, at: this.now });
    return etag;
  }

  async list(prefix: string): Promise<string[]> {
    await this.#step();
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.#step();
    for (const key of keys) this.#objects.delete(key);
  }
}
