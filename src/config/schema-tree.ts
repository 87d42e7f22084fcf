import { z } from "zod";
import type { Notes } from "./notes.js";
import { configSchema } from "./schema.js";

type Path = readonly PropertyKey[];

/** What the schema says about one key. */
export interface SchemaKey {
  readonly kind: "section" | "record" | "list" | "value";
  readonly schema: z.core.$ZodType;
  readonly notes: Partial<Notes>;
  readonly default: unknown;
  /** Ends the sentence "expected …". */
  readonly expected: string;
  /** The words that are allowed, where they can be listed. */
  readonly choices: readonly string[];
  /** Numbers are taken as the text that was written: 4.10 is not 4.1. */
  readonly numbersAreText: boolean;
  /** Text is never right, so it does not matter whether a number stands in quotes. */
  readonly neverText: boolean;
  /** The keys of a section. */
  readonly children: Readonly<Record<string, z.core.$ZodType>>;
  /** The schema of a record's keys. */
  readonly keys: z.core.$ZodType | undefined;
  /** The schema of a record's values or of a list's items. */
  readonly items: z.core.$ZodType | undefined;
}

const quoted = (words: readonly string[]) => words.map((word) => `"${word}"`).join(", ");

const defOf = (schema: z.core.$ZodType) => (schema as z.core.$ZodTypes)._zod.def;

/** All members of a union, all sides of a pipe: everything that a value may be on its way in. */
function variants(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = defOf(schema);
  if (def.type === "union") return def.options.flatMap(variants);
  if (def.type === "pipe") return [...variants(def.in), ...variants(def.out)];
  if (def.type === "optional" || def.type === "default" || def.type === "prefault")
    return variants(def.innerType);
  return [schema];
}

function choicesOf(kinds: readonly z.core.$ZodType[]): string[] {
  return kinds.flatMap((kind) => {
    const def = defOf(kind);
    if (def.type === "enum") return Object.values(def.entries).map(String);
    return def.type === "literal" ? def.values.map(String) : [];
  });
}

function describeExpected(kinds: readonly z.core.$ZodType[], choices: readonly string[]): string {
  const def = kinds[0] && defOf(kinds[0]);
  if (choices.length > 0) return choices.length === 1 ? quoted(choices) : `one of ${quoted(choices)}`;
  switch (def?.type) {
    case "number": {
      const { minValue, maxValue } = kinds[0] as z.ZodNumber;
      return `a whole number from ${minValue} to ${maxValue}`;
    }
    case "array":
      return "a list";
    case "object":
    case "record":
      return "keys and values";
    default:
      return "text";
  }
}

const KINDS: Readonly<Record<string, SchemaKey["kind"]>> = {
  object: "section",
  record: "record",
  array: "list",
};

/** What a schema says, with what is wrapped around it put aside. */
export function inspect(schema: z.core.$ZodType): SchemaKey {
  const kinds = variants(schema);
  const inner = kinds[0] && defOf(kinds[0]);
  const types = kinds.map((kind) => defOf(kind).type);
  const notes = (z.globalRegistry.get(schema) ?? {}) as Partial<Notes>;
  const outer = defOf(schema);
  const choices = choicesOf(kinds);
  return {
    kind: KINDS[inner?.type ?? ""] ?? "value",
    schema,
    notes,
    default: outer.type === "default" ? outer.defaultValue : undefined,
    expected: notes.expected ?? describeExpected(kinds, choices),
    choices,
    numbersAreText: types.includes("string") && types.includes("number"),
    neverText: types.every((type) => type === "number" || type === "boolean"),
    children: inner?.type === "object" ? inner.shape : {},
    keys: inner?.type === "record" ? inner.keyType : undefined,
    items: inner?.type === "record" ? inner.valueType : inner?.type === "array" ? inner.element : undefined,
  };
}

/** What the schema says about the value at a path; undefined for a path that it does not know. */
export function schemaAt(path: Path, schema: z.core.$ZodType = configSchema): SchemaKey | undefined {
  const found = inspect(schema);
  const [step, ...rest] = path;
  if (step === undefined) return found;
  const next = Object.hasOwn(found.children, step) ? found.children[String(step)] : found.items;
  return next && schemaAt(rest, next);
}

export interface ListedKey extends SchemaKey {
  readonly path: readonly string[];
}

function keysBelow(schema: z.core.$ZodType, under: readonly string[]): ListedKey[] {
  return Object.entries(inspect(schema).children).flatMap(([name, child]) => {
    const path = [...under, name];
    return [{ ...inspect(child), path }, ...keysBelow(child, path)];
  });
}

let listed: readonly ListedKey[] | undefined;

/** Every key, in the order of the schema; a section comes before its own keys. */
export function listKeys(): readonly ListedKey[] {
  listed ??= keysBelow(configSchema, []);
  return listed;
}
