/** An object as it was found. */
export interface SharedObject {
  readonly text: string;
  readonly etag: string;
  /** Seconds since it was written, by the server's clock alone: those of two laptops may differ. */
  readonly ageSeconds: number;
}

/** What must hold for a write: that there is nothing yet, or still this version. */
export type WriteCondition = "absent" | { readonly etag: string };

/** Objects below one prefix, as records and locks need them: every answer is about what is there at this moment. */
export interface SharedObjects {
  /** An object's address, for people. */
  url(key: string): string;
  read(key: string): Promise<SharedObject | undefined>;
  /** Writes all of it; returns the new version, undefined when the condition does not hold. */
  write(key: string, text: string, condition: WriteCondition | undefined): Promise<string | undefined>;
  /** The keys below a prefix. */
  list(prefix: string): Promise<string[]>;
  remove(keys: readonly string[]): Promise<void>;
}
