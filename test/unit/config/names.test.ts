import { describe, expect, it } from "vitest";
import { CLUSTER_NAME, projectName } from "../../../src/config/names.js";

describe("a project's name", () => {
  it.each([
    ["flights", "flights"],
    ["My Project", "my-project"],
    ["2024 Flüge (neu)", "fluge-neu"],
    ["wordy_pkg", "wordy-pkg"],
    ["--odd--", "odd"],
    ["日本", "project"],
    ["123", "project"],
    ["", "project"],
    [`${"a".repeat(39)} b`, "a".repeat(39)],
  ])("of %j is %s", (folder, expected) => {
    expect(projectName(folder)).toBe(expected);
    expect(expected).toMatch(CLUSTER_NAME);
  });
});
