import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { UserError } from "../../../src/errors.js";
import { configFolder } from "../../support/config.js";

const VALID: readonly string[] = [
  "project: flights\nworkers: 2\nworker: {cores: 2, memory: 4g}\ndriver:\n  memory: 2g\nreadyTimeout: 60\n",
  "image:\n  context: .\n  args:\n    MODEL: '3'\n  base:\n    python: 3.13\n    packages:\n      - org.apache.spark:spark-avro_2.13:4.3.0\n    keep: [hive, yarn]\n  build: {network: host, ca: ca.pem}\n",
  'storage:\n  s3: https://s3.example.com\n  profile: ${WHO:-research}\n  region: "eu-central-1"\nspark:\n  workload: pandas\n  conf:\n    spark.sql.shuffle.partitions: 64\n',
  "workers: ${N}\nprofiles:\n  big: &big\n    workers: 6\n    spark: {conf: {spark.a: $$x}}\n  other: *big\n",
];

const ENVIRONMENT = { N: "3", WHO: "ann" };

/** A stretch of the text, as fractions of its length, and what is put in its place. */
const PIECES = [
  "\t",
  " ",
  ":",
  "- ",
  "{",
  "}",
  "[",
  "]",
  "#",
  "&a ",
  "*a",
  "*big",
  "!!int ",
  "|\n",
  "? ",
  "<<: *big\n",
  "'",
  '"',
  "${",
  "${N}",
  "$$",
  "---\n",
  "%",
  "@",
  "~",
  "1e999",
  "0x10",
  "-0",
  ".nan",
  "__proto__",
  "constructor",
  "\u0000",
  "\uFEFF",
  "\u2028",
  "é",
  "\r\n",
  "null",
  "true",
];

type Edit = (text: string) => string;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const spot = (text: string, at: number) => Math.floor(at * text.length);
const lineAt = (text: string, at: number) => {
  const lines = text.split("\n");
  return { lines, index: Math.min(lines.length - 1, Math.floor(at * lines.length)) };
};
const onLine =
  (change: (line: string) => readonly string[]) =>
  (at: number): Edit =>
  (text) => {
    const { lines, index } = lineAt(text, at);
    return lines.toSpliced(index, 1, ...change(lines[index] ?? "")).join("\n");
  };

const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fc.constantFrom(...PIECES)).map(
    ([at, piece]): Edit =>
      (text) =>
        text.slice(0, spot(text, at)) + piece + text.slice(spot(text, at)),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 12 })).map(
    ([at, length]): Edit =>
      (text) =>
        text.slice(0, spot(text, at)) + text.slice(spot(text, at) + length),
  ),
  place.map(onLine(() => [])),
  place.map(onLine((line) => [line, line])),
  place.map(onLine((line) => [` ${line}`])),
  place.map(onLine((line) => [line.replace(/^ +/, "")])),
  fc
    .tuple(place, fc.string({ maxLength: 6 }))
    .map(([at, name]) => onLine((line) => [line.replace(/[\w.]+(?=:)/, name)])(at)),
  fc
    .tuple(
      place,
      fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.integer().map(String),
        fc.double().map(String),
        fc.json({ maxDepth: 2 }),
      ),
    )
    .map(([at, value]) => onLine((line) => [line.replace(/(?<=: ).*/, () => value)])(at)),
  fc.tuple(place, place).map(
    ([from, to]): Edit =>
      (text) => {
        const { lines, index } = lineAt(text, from);
        const moved = lines.splice(index, 1);
        return lines.toSpliced(lineAt(text, to).index, 0, ...moved).join("\n");
      },
  ),
);

/** Fails by any error that is not the user's. */
function load(content: string | Uint8Array, profile: string | undefined): void {
  const directory = configFolder(content);
  try {
    const { config } = loadConfig({ directory, profile, env: ENVIRONMENT });
    expect(config.workers).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).toBe(2);
    expect(error.hint).toBeTruthy();
    expect(error.message).toMatch(/pyspark-deploy\.yaml:\d+:\d+: /);
  }
}

// fast-check prints the seed and the smallest text that fails; FUZZ_SEED runs it again, FUZZ_RUNS runs more.
const options = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 500),
  ...(process.env.FUZZ_SEED !== undefined && { seed: Number(process.env.FUZZ_SEED) }),
};
const profiles = fc.constantFrom(undefined, "local", "big", "other", "nope");

describe("a valid config with random edits", () => {
  it.each(VALID)("is valid before them: %j", (yaml) => {
    expect(loadConfig({ directory: configFolder(yaml), env: ENVIRONMENT }).config.workers).toBeGreaterThan(0);
  });

  it("is a config or a user's error", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VALID),
        fc.array(edits, { minLength: 1, maxLength: 4 }),
        profiles,
        (yaml, changes, profile) =>
          load(
            changes.reduce((text, change) => change(text), yaml),
            profile,
          ),
      ),
      options,
    );
  }, 60_000);

  it("is one with flipped bits, too", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VALID),
        fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }),
        profiles,
        (yaml, flips, profile) => {
          const bytes = Buffer.from(yaml);
          for (const [at, bits] of flips) {
            const index = Math.min(bytes.length - 1, Math.floor(at * bytes.length));
            bytes[index] = (bytes[index] ?? 0) ^ bits;
          }
          load(bytes, profile);
        },
      ),
      options,
    );
  }, 60_000);
});
