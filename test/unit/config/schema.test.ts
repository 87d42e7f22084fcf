import { describe, expect, it } from "vitest";
import { z } from "zod";
import { BASE_MATRIX } from "../../../src/config/base-matrix.js";
import { yamlLine } from "../../../src/config/example.js";
import { configJsonSchema } from "../../../src/config/json-schema.js";
import { loadConfig } from "../../../src/config/load.js";
import { untestedBase } from "../../../src/config/rules.js";
import { configSchema } from "../../../src/config/schema.js";
import { listKeys } from "../../../src/config/schema-tree.js";
import { configFolder } from "../../support/config.js";

describe("every key of the schema", () => {
  it.each(listKeys().map((key) => [key.path.join("."), key] as const))(
    "%s is described, and its examples are right",
    (_name, { path, notes }) => {
      expect(notes.description).toMatch(/\.$/);
      expect(notes.examples?.length).toBeGreaterThan(0);
      for (const example of notes.examples ?? []) {
        const yaml = yamlLine(path, example);
        expect(() => loadConfig({ directory: configFolder(yaml), env: {} })).not.toThrow(/expected|unknown/);
      }
    },
  );
});

describe("the JSON Schema", () => {
  const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  it.each([
    {},
    { workers: 3, image: { base: { java: 21, python: "3.13" } } },
    { workers: "${N}", storage: { s3: "${S3:-aws}" }, spark: null },
    { profiles: { big: { workers: 6 } } },
  ])("accepts %j", (config) => {
    expect(schema.safeParse(config).success).toBe(true);
  });

  it.each([
    { workers: "three" },
    { wokers: 3 },
    { spark: { workload: "pandsa" } },
    { profiles: { big: { project: "x" } } },
  ])("refuses %j", (config) => {
    expect(schema.safeParse(config).success).toBe(false);
  });

  it("has descriptions and defaults", () => {
    const { properties } = configJsonSchema() as { properties: Record<string, object> };
    expect(properties.workers).toMatchObject({
      default: 2,
      description: expect.stringMatching(/^Number of workers/),
    });
  });
});

describe("versions that were tested, but not together", () => {
  const [row] = BASE_MATRIX;
  const matrix = [row, { ...row, spark: "9.0.0", java: "99" }];
  const config = (base: Record<string, string>) => {
    const parsed = configSchema.parse({});
    return { ...parsed, image: { ...parsed.image, base: { ...parsed.image.base, ...base } } };
  };

  it("are a mistake of the version that does not fit", () => {
    expect(untestedBase(config({ spark: row.spark, python: row.python, java: "99" }), matrix)).toMatchObject([
      { path: ["image", "base", "java"], fix: expect.stringContaining("Spark 9.0.0") },
    ]);
  });

  it("are none when they are of one row", () => {
    expect(untestedBase(config({ spark: "9.0.0", java: "99" }), matrix)).toEqual([]);
  });
});
