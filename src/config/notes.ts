import { z } from "zod";
import { parseBytes, SIZE } from "./size.js";

/** What people and editors are told about a key; error messages, docs/config.md and the JSON Schema are made of it. */
export interface Notes {
  readonly description: string;
  /** Right values; the first one is shown in error messages. */
  readonly examples: readonly [unknown, ...unknown[]];
  /** Ends the sentence "expected …", where the schema's own words would not do. */
  readonly expected?: string;
  /** What applies when the key is not set, where that is decided later. */
  readonly fallback?: string;
  /** The same in words, where it is not one value. */
  readonly defaultNote?: string;
  /** An environment variable that sets the key for every project of the machine; the file wins. */
  readonly variable?: string;
  /** A likely meaning of a wrong value; it is only suggested when the schema accepts it. */
  readonly repair?: (wrong: string) => string;
}

export const note = <T extends z.ZodType>(schema: T, notes: Notes): T => schema.meta({ ...notes });

/** YAML takes 4.10 and 21 for numbers; here they are text, as written. */
export const plainText = z.union([z.string(), z.number(), z.boolean()]).transform(String);
export const versionText = z.union([z.string(), z.number()]).transform(String);
export const filled = z.string().regex(/\S/);

/** A size with its unit, within bounds that are sizes themselves. */
export const bytesBetween = (smallest: string, largest: string) =>
  z
    .string()
    .regex(SIZE)
    .refine((size) => !(parseBytes(size) < parseBytes(smallest) || parseBytes(size) > parseBytes(largest)));

/** The name of an AWS region, for its shape alone: new ones appear. */
export const region = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);

export const REGION_NOTES = {
  expected: "the name of an AWS region",
  repair: (wrong: string) => wrong.toLowerCase().replace(/[\s_]+/g, "-"),
};
