import { describe, expect, it } from "vitest";
import { isSecretName, maskText } from "../../../src/config/secrets.js";

const LONG = "s3cr3t/+=".repeat(20);

describe("the name of a secret", () => {
  it.each([
    "DB_PWD",
    "DB_PASS",
    "PASSWD",
    "API_KEY",
    "API_KEY_V2",
    "APIKEY2",
    "spark.hadoop.fs.azure.account.key.flights.dfs.core.windows.net",
    "spark.hadoop.fs.s3a.secret.key",
    "awsSecretAccessKey",
    "AUTH_HEADER",
  ])("is %s", (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(["spark.authenticate", "spark.sql.keys.sorted", "MONKEYS", "BYPASS_CACHE", "keep", "VERSION"])(
    "is not %s",
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );
});

describe("text", () => {
  it.each([
    [`postgres://u:${LONG}@h/db`, "postgres://********@h/db"],
    ["postgres://u:p/w@h", "postgres://********@h"],
    ["postgres://u:p@ss@h and https://h/x", "postgres://********@h and https://h/x"],
    [`AccountName=a;AccountKey=${LONG};Suffix=x`, "AccountName=a;AccountKey=********;Suffix=x"],
    ["-Ddb.pwd=a -Dx=y", "-Ddb.pwd=******** -Dx=y"],
    [`-Dmy.password.of=${LONG} -Dx=y`, "-Dmy.password.of=******** -Dx=y"],
    ["--api-key 'x' --token='a b' c", "--api-key 'x' --token=******** c"],
  ])("%s is shown as %s", (text, shown) => {
    expect(maskText(text)).toBe(shown);
  });

  it.each(["https://h/x", "me@example.com", "a:b:1", "s3a://bucket/prefix", "https://@h"])(
    "without a secret stays as it is: %s",
    (text) => {
      expect(maskText(text)).toBe(text);
    },
  );
});
