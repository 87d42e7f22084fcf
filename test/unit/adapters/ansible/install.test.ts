import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isFittingAnsible, parseAnsibleVersion } from "../../../../src/adapters/ansible/install.js";
import { assetPath } from "../../../../src/assets.js";

describe("an ansible-core on the PATH", () => {
  it.each([
    ["ansible-playbook [core 2.19.14]\n  config file = None\n", "2.19.14"],
    ["ansible-playbook [core 2.16.3]", "2.16.3"],
    ["ansible-playbook [core 2.21.0rc1] (devel)", "2.21.0"],
    ["ansible-playbook 2.9.27\n", undefined],
    ["", undefined],
  ])("is recognized in %j", (text, version) => {
    expect(parseAnsibleVersion(text)).toBe(version);
  });

  it.each([
    ["2.9.27", false],
    ["2.14.18", false],
    ["2.16.3", true],
    ["2.19.14", true],
    ["2.21.5", true],
    ["2.22.0", false],
    ["3.0.0", false],
  ])("of version %s is used: %s", (version, fits) => {
    expect(isFittingAnsible(version)).toBe(fits);
  });

  it("may be each of those that we would install", () => {
    const pinned = readFileSync(assetPath("ansible/requirements.txt"), "utf8").matchAll(
      /^ansible-core==(\S+)/gm,
    );
    const versions = [...pinned].map(([, version = ""]) => version);
    expect(versions.map(isFittingAnsible)).toEqual([true, true, true]);
  });
});
