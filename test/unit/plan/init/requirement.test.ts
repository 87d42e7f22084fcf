import { describe, expect, it } from "vitest";
import { allows, fromPoetry, parseRequirement } from "../../../../src/plan/init/requirement.js";

describe("a requirement", () => {
  it.each([
    ["pyspark", "pyspark", ""],
    ["PySpark==3.5.1", "pyspark", "==3.5.1"],
    ["pyspark[sql,pandas_on_spark] >= 3.5, <4", "pyspark", ">= 3.5, <4"],
    ["pyspark~=3.5; python_version < '3.12'", "pyspark", "~=3.5"],
    ["Typing_Extensions (>=4)", "typing-extensions", ">=4"],
    ["humanize==4.9.0 \\", "humanize", "==4.9.0"],
    ["humanize==4.9.0 --hash=sha256:00", "humanize", "==4.9.0"],
    ["tool @ git+https://example.com/tool.git", "tool", ""],
  ])("%s", (line, name, versions) => {
    expect(parseRequirement(line, "f")).toEqual({ name, versions, source: "f" });
  });

  it.each([
    "",
    "--index-url https://example.com",
    "-r other.txt",
    "./wheels/a.whl",
    "https://example.com/a.whl",
  ])("%j names no package", (line) => {
    expect(parseRequirement(line, "f")).toBeUndefined();
  });

  it.each([
    ["^3.10", "3.13.0", true],
    ["^3.10", "4.0", false],
    ["~3.10", "3.11", false],
    ["^0.2.3", "0.3.0", false],
    ["^0.2.3", "0.2.9", true],
    [">=3.9,<3.13", "3.13.0", false],
    ["3.5.1", "3.5.1", true],
    ["3.5.1", "4.3.0", false],
    ["*", "9", true],
    ["not a version", "1", true],
  ])("Poetry's %j with %s: %s", (constraint, version, allowed) => {
    expect(allows(fromPoetry(constraint), version)).toBe(allowed);
  });
});
