import { describe, expect, it } from "vitest";
import { formatProperties } from "../../../src/plan/spark-conf.js";

describe("a .conf file", () => {
  it.each([
    ["a plain value", { "spark.a": "b c" }, "spark.a b c\n"],
    ["a backslash", { "spark.a": "C:\\x" }, "spark.a C:\\\\x\n"],
    [
      "a line break, which would start another property",
      { "spark.a": "x\nspark.authenticate false" },
      "spark.a x\\nspark.authenticate false\n",
    ],
    ["leading space, which would be lost", { "spark.a": " x" }, "spark.a \\ x\n"],
    ["a colon in a key, which would end it", { "a:b": "c" }, "a\\:b c\n"],
  ])("keeps %s", (_, properties, text) => {
    expect(formatProperties(properties)).toBe(text);
  });
});
