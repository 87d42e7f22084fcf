import { describe, expect, it } from "vitest";
import { effectiveValues } from "../../../src/config/effective.js";
import { resolveConfig } from "../../../src/config/load.js";
import { configFolder, userError } from "../../support/config.js";

/** Longer than what an error message shows of a value. */
const LONG = `abc123/${"x".repeat(100)}abc123`;

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
    spark.hadoop.fs.azure.account.key.flights: ${LONG}
    spark.a.connection: AccountName=a;AccountKey=${LONG}
    spark.a.url: postgres://me:${LONG}@h/db
    spark.jars.repositories: https://me:abc123@repo.example.com/x
profiles:
  big:
    workers: 6
    storage: {region: "\${NOWHERE:-eu-west-1}"}
  ci: {workers: "\${NOT_SET}"}
  try: {storage: {s3: embedded}}
`;

const CLOUD = `worker: {cores: 2}
storage: {s3: embedded}
profiles:
  cloud: {provider: aws, aws: {region: eu-west-3}}
  elsewhere: {provider: aws}
`;

function effective(profile?: string, env: Record<string, string> = {}, yaml = YAML) {
  const directory = configFolder(yaml);
  const values = effectiveValues(
    resolveConfig({ directory, profile, env: { WHO: "ann", DB_PASSWORD: "abc123", ...env } }),
  );
  return { values, of: (key: string) => values.find((value) => value.key === key) };
}

describe("the effective config", () => {
  it("names the line, the profile, the variable, or the default", () => {
    const { of } = effective("big");
    expect(of("project")).toMatchObject({ value: "flights", source: { kind: "file", line: 1, column: 1 } });
    expect(of("workers")).toMatchObject({ value: 6, source: { kind: "file", line: 18, profile: "big" } });
    expect(of("storage.region")).toEqual({
      key: "storage.region",
      value: "eu-west-1",
      source: { kind: "file", line: 19, column: 15, profile: "big" },
    });
    expect(of("storage.profile")).toMatchObject({ value: "ann", source: { line: 5, variables: ["WHO"] } });
    expect(of("driver.memory")).toMatchObject({ value: "1g", source: { kind: "default" } });
    expect(of("worker.cores")).toMatchObject({ value: undefined, source: { note: expect.any(String) } });
  });

  it("has no line for a value that the profile puts aside", () => {
    expect(effective("try").of("storage.profile")).toEqual({
      key: "storage.profile",
      value: undefined,
      source: { kind: "default" },
    });
  });

  it("has what the provider decides, and no line of a value that describes this machine alone", () => {
    const { of } = effective("cloud", {}, CLOUD);
    expect(of("provider")).toMatchObject({ value: "aws", source: { profile: "cloud" } });
    expect(of("worker.cores")).toMatchObject({ value: undefined, source: { kind: "default" } });
    expect(of("storage.s3")).toMatchObject({ value: "aws", source: { kind: "default" } });
    expect(of("storage.region")).toMatchObject({ value: "eu-west-3", source: { kind: "default" } });
    expect(of("readyTimeout")).toMatchObject({ value: 600, source: { kind: "default" } });
  });

  it("takes the region of AWS from the machine's variable", () => {
    const { of } = effective("elsewhere", { AWS_REGION: "us-west-2" }, CLOUD);
    expect(of("aws.region")).toMatchObject({
      value: "us-west-2",
      source: { kind: "environment", variable: "AWS_REGION" },
    });
    expect(of("storage.region")).toMatchObject({ value: "us-west-2" });
  });

  it("has what the machine's variables set, unless the file does", () => {
    const { of } = effective("local", { PYSPARK_DEPLOY_BUILD_NETWORK: "host" });
    expect(of("image.build.network")).toEqual({
      key: "image.build.network",
      value: "host",
      source: { kind: "environment", variable: "PYSPARK_DEPLOY_BUILD_NETWORK" },
    });
  });

  it("does not start with a wrong variable of the machine, and names all of them", () => {
    const error = userError(() =>
      effective("local", {
        PYSPARK_DEPLOY_BASE_FROM: "bad image",
        PYSPARK_DEPLOY_BUILD_CA: " ",
        PYSPARK_DEPLOY_BUILD_NETWORK: "host",
      }),
    );
    expect(error.exitCode).toBe(2);
    expect(error.message.split("\n")).toEqual([
      'Environment variable PYSPARK_DEPLOY_BASE_FROM sets image.base.from: expected the name of an image, got "bad image"',
      'Environment variable PYSPARK_DEPLOY_BUILD_CA sets image.build.ca: expected the path of a file, got " "',
    ]);
    expect(error.hint).toContain("unset PYSPARK_DEPLOY_BASE_FROM");
    expect(error.hint).toContain("unset PYSPARK_DEPLOY_BUILD_CA");
  });

  it("shows no secret of a wrong variable", () => {
    const { message } = userError(() =>
      effective("local", { PYSPARK_DEPLOY_BASE_FROM: "https://me:abc123@h/x y" }),
    );
    expect(message).toContain('got "https://********@h/x y"');
  });

  it("has no use for a wrong variable of the machine where the file sets its key", () => {
    const directory = configFolder("image: {base: {from: debian}}\n");
    const env = { PYSPARK_DEPLOY_BASE_FROM: "bad image" };
    expect(resolveConfig({ directory, env }).loaded.config.image.base.from).toBe("debian");
  });

  it("shows numbers of text keys as they were written", () => {
    expect(effective().of("image.args.VERSION")?.value).toBe("1.10");
  });

  it("shows no secret, wherever it stands", () => {
    const { values, of } = effective();
    expect(JSON.stringify(values)).not.toContain("abc123");
    expect(of("image.args.PIN")?.value).toBe("********");
    expect(of("spark.conf.spark.driver.extraJavaOptions")?.value).toBe("-Dmy.password=******** -Dx=y");
    expect(of("spark.conf.spark.hadoop.fs.azure.account.key.flights")?.value).toBe("********");
    expect(of("spark.conf.spark.a.connection")?.value).toBe("AccountName=a;AccountKey=********");
    expect(of("spark.conf.spark.a.url")?.value).toBe("postgres://********@h/db");
    expect(of("spark.conf.spark.jars.repositories")?.value).toBe("https://********@repo.example.com/x");
  });

  it("does not ask for the variables of another profile", () => {
    expect(effective("big").of("workers")?.value).toBe(6);
    expect(() => effective("ci")).toThrow(/NOT_SET is not set/);
  });
});
