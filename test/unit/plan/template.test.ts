import { describe, expect, it } from "vitest";
import { fillTemplate } from "../../../src/plan/template.js";

describe("a template", () => {
  it.each([
    ["a {{x}} b\n", { x: "1" }, "a 1 b\n"],
    ["a {{x}}\n", { x: ["1", "2"] }, "a 1 2\n"],
    ["a\n{{x}}\nb\n", { x: ["1", "2"] }, "a\n1\n2\nb\n"],
    ["a\n{{x}}\nb\n", { x: [] }, "a\nb\n"],
    ["${{ x }} {{x}}", { x: "$1 $& {{x}}" }, "${{ x }} $1 $& {{x}}"],
  ])("%j with %j", (template, values, expected) => {
    expect(fillTemplate(template, values as Record<string, string | string[]>)).toBe(expected);
  });

  it("that names what there is no value for is a bug", () => {
    expect(() => fillTemplate("{{y}}", { x: "1" })).toThrow("{{y}}");
  });
});
