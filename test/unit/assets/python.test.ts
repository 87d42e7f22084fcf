import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseImage } from "../../../src/adapters/docker/image.js";
import { oldestPython } from "../../support/python.js";

const folder = fileURLToPath(new URL("../../python", import.meta.url));

const oldest = oldestPython();

function runTests(program: string, env: NodeJS.ProcessEnv): string {
  const { status, stderr } = spawnSync(program, ["-B", "-W", "error", "-m", "unittest"], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  expect(stderr).not.toContain("Warning");
  expect(status, stderr).toBe(0);
  return stderr;
}

describe("what hosts run in Python", () => {
  it("passes its own tests", () => {
    expect(runTests("python3", process.env)).toMatch(/Ran \d\d tests/);
  });

  it.skipIf(oldest === undefined)("passes them with the Python of Amazon Linux 2023", () => {
    expect(runTests("python3.9", oldest ?? process.env)).toMatch(/Ran \d\d tests/);
  });

  it.each([
    [
      "a usual image",
      { Cmd: ["bash"], Entrypoint: ["tini"], Env: ["A=1"], WorkingDir: "/app", User: "spark" },
    ],
    ["an image without configuration", null],
    [
      "text that JSON writers treat differently",
      {
        Labels: { é: "ü <&> \u2028 \u007f\u0001", z: 'a"\\/', "\u{1F600}": "", "\uFF5E": "" },
        Env: ["T=\t\b"],
      },
    ],
  ])("computes the parity key of %s as the laptop does", (_, config) => {
    const image = {
      Id: "sha256:1",
      Os: "linux",
      Architecture: "arm64",
      Size: 1,
      RootFS: { Layers: ["sha256:a", "sha256:b"] },
      Config: config,
    };
    const input = JSON.stringify(image);
    const printed = execFileSync("python3", ["-B", "test_role.py", "parity"], { cwd: folder, input });
    expect(printed.toString().trim()).toBe(parseImage(input).parityKey);
  });
});
