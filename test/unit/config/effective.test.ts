import { describe, expect, it } from "vitest";
import { effectiveValues } from "../../../src/config/effective.js";
import { resolveConfig } from "../../../src/config/load.js";
import { configFolder } from "../../support/config.js";

const YAML = `project: flights
workers: 2
storage:
  s3: http://localhost:9000
  profile: \${WHO}
image:
  args: {API_TOKEN: abc123, PIN: "\${DB_PASSWORD}", VERSION: 1.10}
spark:
  conf:
    spark.hadoop.fs.s3a.secret.key: abc123
    spark.driver.extraJavaOptions: -Dmy.password=abc123 -Dx=y
    spark.jars.repositories: https://me:abc123@repo.example.com/x
profiles:
  big:
    workers: 6
    storage: {region: "\${NOWHERE:-eu-west-1}"}
  ci: {workers: "\${NOT_SET}"}
`;

function effective(profile?: string, env: Record<string, string> = {}) {
  const directory = configFolder(YAML);
  const values = effectiveValues(
    resolveConfig({ directory, profile, env: { WHO: "ann", DB_PASSWORD: "abc123", ...env } }),
  );
  return { values, of: (key: string) => values.find((value) => value.key === key) };
}

describe("the effective config", () => {
  it("names the line, the profile, the variable, or the default", () => {
    const { of } = effective("big");
    expect(of("project")).toMatchObject({ value: "flights", source: { kind: "file", line: 1, column: 1 } });
    expect(of("workers")).toMatchObject({ value: 6, source: { kind: "file", line: 15, profile: "big" } });
    expect(of("storage.region")).toEqual({
      key: "storage.region",
      value: "eu-west-1",
      source: { kind: "file", line: 16, column: 15, profile: "big" },
    });
    expect(of("storage.profile")).toMatchObject({ value: "ann", source: { line: 5, variables: ["WHO"] } });
    expect(of("driver.memory")).toEqual({ key: "driver.memory", value: "1g", source: { kind: "default" } });
    expect(of("worker.cores")).toMatchObject({ value: undefined, source: { note: expect.any(String) } });
  });

  it("has what the machine's variables set, unless the file does", () => {
    const { of } = effective("local", { PYSPARK_DEPLOY_BUILD_NETWORK: "host" });
    expect(of("image.build.network")).toEqual({
      key: "image.build.network",
      value: "host",
      source: { kind: "environment", variable: "PYSPARK_DEPLOY_BUILD_NETWORK" },
    });
  });

  it("shows numbers of text keys as they were written", () => {
    expect(effective().of("image.args.VERSION")?.value).toBe("1.10");
  });

  it("shows no secret, wherever it stands", () => {
    const { values, of } = effective();
    expect(JSON.stringify(values)).not.toContain("abc123");
    expect(of("image.args.PIN")?.value).toBe("********");
    expect(of("spark.conf.spark.driver.extraJavaOptions")?.value).toBe("-Dmy.password=******** -Dx=y");
    expect(of("spark.conf.spark.jars.repositories")?.value).toBe("https://********@repo.example.com/x");
  });

  it("does not ask for the variables of another profile", () => {
    expect(effective("big").of("workers")?.value).toBe(6);
    expect(() => effective("ci")).toThrow(/NOT_SET is not set/);
  });
});
