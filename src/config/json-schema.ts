import { z } from "zod";
import type { Notes } from "./notes.js";
import { configSchema } from "./schema.js";
import { inspect } from "./schema-tree.js";

type Json = z.core.JSONSchema.BaseSchema;

/** Notes that error messages need and editors do not. */
const OWN_NOTES: readonly (keyof Notes)[] = ["expected", "fallback", "defaultNote", "variable", "repair"];

const REFERENCE = "#/definitions/reference";

/** Where a variable stands for it, a number or a word of a list is text: the CLI checks what comes of it. */
const reference = {
  description: "An environment variable: ${NAME}, or ${NAME:-default}.",
  type: "string",
  pattern: "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}",
};

function describe(json: Json, notes: Partial<Notes>): string | undefined {
  const more = [
    notes.defaultNote && `Default: ${notes.defaultNote}.`,
    notes.variable && `Environment variable for the whole machine: ${notes.variable}.`,
  ].filter(Boolean);
  return [json.description, ...more].filter(Boolean).join(" ") || undefined;
}

/** Completes what zod says about one schema; `json` is changed in place, as zod asks. */
function complete(schema: z.core.$ZodType, json: Json): void {
  const { notes, choices, numbersAreText } = inspect(schema);
  const description = describe(json, notes);
  if (description !== undefined) json.description = description;
  if (notes.fallback !== undefined) json.default = notes.fallback;
  for (const note of OWN_NOTES) delete json[note];
  if (numbersAreText && choices.length > 0) {
    delete json.anyOf;
    json.enum = [...choices, ...choices.map(Number).filter((version) => !Number.isNaN(version))];
  }
}

const isPlainText = (json: Json) =>
  (Array.isArray(json.type) && json.type.includes("string")) ||
  (json.type === "string" &&
    json.pattern === undefined &&
    json.format === undefined &&
    json.enum === undefined);

/** Lets a variable stand for every value, and a section be empty. */
function relax(json: Json): Json {
  const { description, default: value, examples, ...rules } = json;
  const about = {
    ...(description !== undefined && { description }),
    ...(value !== undefined && { default: value }),
    ...(examples !== undefined && { examples }),
  };
  if (json.type === "array")
    return { ...about, ...rules, type: ["array", "null"], items: relax(json.items as Json) };
  if (json.type === "object") {
    const properties = Object.entries((json.properties ?? {}) as Record<string, Json>);
    return {
      ...about,
      ...rules,
      type: ["object", "null"],
      ...(json.properties && {
        properties: Object.fromEntries(properties.map(([key, inner]) => [key, relax(inner)])),
      }),
      ...(typeof json.additionalProperties === "object" && {
        additionalProperties: relax(json.additionalProperties),
      }),
    };
  }
  return isPlainText(json) ? json : { ...about, anyOf: [rules, { $ref: REFERENCE }] };
}

/** A profile changes only what it names: the top level's defaults are not its own. */
function withoutDefaults(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutDefaults);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]) =>
      key === "default" ? [] : [[key, withoutDefaults(value)] as const],
    ),
  );
}

/** The JSON Schema (draft 7) of pyspark-deploy.yaml, for editors. */
export function configJsonSchema(): Json {
  const generated = z.toJSONSchema(configSchema, {
    io: "input",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => complete(zodSchema, jsonSchema),
  });
  const { $schema, ...rules } = generated as Json & { $schema: string };
  const relaxed = relax(rules);
  const properties = relaxed.properties as Record<string, Json>;
  return {
    $schema,
    title: "pyspark-deploy.yaml",
    description: "The config of a pyspark-deploy project.",
    ...relaxed,
    properties: { ...properties, profiles: withoutDefaults(properties.profiles) as Json },
    definitions: { reference },
  };
}
