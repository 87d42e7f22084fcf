import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { UserError } from "../../../src/errors.js";

function load(yaml: string, options: { profile?: string; env?: Record<string, string> } = {}) {
  const directory = mkdtempSync(join(tmpdir(), "psd-config-"));
  writeFileSync(join(directory, "pyspark-deploy.yaml"), yaml);
  return loadConfig({ directory, profile: options.profile, env: options.env ?? {} });
}

function failure(yaml: string, options: { profile?: string; env?: Record<string, string> } = {}): UserError {
  try {
    load(yaml, options);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("the config was accepted");
}

describe("a config", () => {
  it("may be empty: everything has a default", () => {
    const { config } = load("");
    expect(config).toMatchObject({
      workers: 2,
      provider: "local",
      storage: { s3: "embedded" },
      image: { dockerfile: "Dockerfile" },
    });
    expect(config.project).toMatch(/^[a-z][a-z0-9-]*$/);
  });

  it("is found from a folder below", () => {
    const directory = mkdtempSync(join(tmpdir(), "psd-config-"));
    writeFileSync(join(directory, "pyspark-deploy.yaml"), "project: deep");
    mkdirSync(join(directory, "a", "b"), { recursive: true });
    expect(loadConfig({ directory: join(directory, "a", "b"), env: {} })).toMatchObject({
      directory,
      config: { project: "deep" },
    });
  });

  it("reads versions that YAML takes for numbers", () => {
    expect(load("image: {base: {java: 21, python: 3.13}}").config.image.base).toMatchObject({
      java: "21",
      python: "3.13",
    });
  });

  it("turns Spark properties into text", () => {
    expect(load("spark: {conf: {spark.a: 1, spark.b: true}}").config.spark.conf).toEqual({
      "spark.a": "1",
      "spark.b": "true",
    });
  });
});

describe("profiles", () => {
  const yaml =
    "workers: 2\nspark: {conf: {spark.a: x, spark.b: y}}\nprofiles:\n  big:\n    workers: 8\n    spark: {conf: {spark.b: z}}\n";

  it("override key by key", () => {
    const { config, profile } = load(yaml, { profile: "big" });
    expect(profile).toBe("big");
    expect(config).toMatchObject({ workers: 8, spark: { conf: { "spark.a": "x", "spark.b": "z" } } });
  });

  describe("of the embedded storage", () => {
    const storage = (local: string) =>
      load(`storage: {s3: aws, profile: x, region: eu-west-1}\nprofiles: {try: {storage: {${local}}}}\n`, {
        profile: "try",
      }).config.storage;

    it("inherit no AWS profile", () => {
      const found = storage("s3: embedded");
      expect(found).toMatchObject({ s3: "embedded", region: "eu-west-1" });
      expect(found.profile).toBeUndefined();
    });

    it("may still not name one", () => {
      expect(() => storage("s3: embedded, profile: y")).toThrow(/:2:42: storage\.profile: .* no AWS profile/);
    });

    it("inherit it where the storage stays another one", () => {
      expect(storage("region: eu-west-2")).toMatchObject({ s3: "aws", profile: "x", region: "eu-west-2" });
    });
  });

  it("are named when an unknown one is asked for", () => {
    expect(failure(yaml, { profile: "huge" }).message).toMatch(/no profile "huge".*local, big/s);
  });

  it("are checked too, with their own line", () => {
    expect(failure("profiles:\n  big:\n    workers: many\n", { profile: "big" }).message).toMatch(
      /pyspark-deploy.yaml:3:14: profiles\.big\.workers/,
    );
  });
});

describe("environment variables", () => {
  it("are put in, with defaults", () => {
    const { config } = load("storage: {s3: aws, profile: '${WHO}', region: '${REGION:-eu-west-1}'}", {
      env: { WHO: "ann" },
    });
    expect(config.storage).toMatchObject({ profile: "ann", region: "eu-west-1" });
  });

  it.each(["workers: ${N}", "workers: '${N}'", '{workers: "${N:-6}"}', '{workers: "${UNSET:-3}"}'])(
    "may stand for a number where one is wanted, in quotes or not: %s",
    (yaml) => {
      expect(load(yaml, { env: { N: "3" } }).config.workers).toBe(3);
    },
  );

  it("may stand for a number in quotes in a profile", () => {
    const yaml = 'profiles: {ci: {workers: "${N}"}}';
    expect(load(yaml, { profile: "ci", env: { N: "3" } }).config.workers).toBe(3);
  });

  it("stay text in quotes where they are only part of a value, or text is wanted", () => {
    expect(failure("workers: '${N}0'", { env: { N: "3" } }).message).toMatch(
      /whole number from 1 to 1000, got "30"/,
    );
    expect(load('image: {args: {V: "${N}"}}', { env: { N: "1.10" } }).config.image.args.V).toBe("1.10");
  });

  it("in quotes that are no number are told as text", () => {
    expect(failure('{workers: "${N}"}', { env: { N: "six" } }).message).toContain('got "six" from ${N}');
  });

  it("are an error when they are not set", () => {
    expect(failure("storage:\n  profile: ${WHO}\n  s3: aws\n").message).toMatch(
      /pyspark-deploy.yaml:2:12: storage\.profile: environment variable WHO is not set/,
    );
  });
});

describe("mistakes", () => {
  it("are all told at once, each with its place", () => {
    const { message, exitCode } = failure("workers: zero\nwokers: 3\nstorage:\n  s3: ftp://x\n");
    expect(exitCode).toBe(2);
    expect(message).toMatch(/3 errors/);
    expect(message).toMatch(/:1:10: workers:/);
    expect(message).toMatch(/:2:1: unknown key "wokers"/);
    expect(message).toMatch(/:4:7: storage\.s3:/);
  });

  it("in the YAML itself have their place", () => {
    expect(failure("workers: [1\n").message).toMatch(/pyspark-deploy.yaml:\d+:\d+:/);
  });

  it.each(["- a\n- b\n", "just text", "42"])("%j is no config", (yaml) => {
    expect(failure(yaml).exitCode).toBe(2);
  });

  it("say how to start when there is no file", () => {
    const directory = mkdtempSync(join(tmpdir(), "psd-none-"));
    expect(() => loadConfig({ directory, env: {} })).toThrow(/no pyspark-deploy.yaml/);
  });
});
