import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { newProject } from "../support/project.js";

const folder = mkdtempSync(join(tmpdir(), "psd-package-"));
const bin = join(folder, "node_modules/.bin/pyspark-deploy");
const quiet: { encoding: "utf8"; stdio: ["ignore", "pipe", "pipe"] } = {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "pipe"],
};

beforeAll(() => {
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], quiet),
  ) as { filename: string }[];
  execFileSync(
    "npm",
    ["install", "--prefix", folder, "--no-fund", "--no-audit", join(folder, packed?.filename ?? "")],
    quiet,
  );
});

describe("the npm package", () => {
  it("installs a pyspark-deploy that starts", () => {
    expect(execFileSync(bin, ["--version"], quiet)).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("brings what images are built from, and builds a project in another folder", () => {
    expect(existsSync(join(folder, "node_modules/pyspark-deploy/assets/docker/base/Dockerfile"))).toBe(true);
    const built = JSON.parse(execFileSync(bin, ["build", "--json"], { ...quiet, cwd: newProject() })) as {
      image: string;
    };
    expect(built.image).toMatch(/^localhost\/pyspark-deploy\/project-probe:[0-9a-f]{12}$/);
  });
});
