import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findTerraform, isAtLeast } from "../../../../src/adapters/terraform/find.js";
import {
  type PreparationRequest,
  placeModule,
  prepareProvider,
} from "../../../../src/adapters/terraform/workspace.js";

let directory: string;
let programs: string;

function addProgram(name: string, script: string): void {
  const file = join(programs, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}
const saysVersion = (version: string) => `echo '{"terraform_version":"${version}","platform":"linux_amd64"}'`;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "psd-terraform-"));
  programs = mkdtempSync(join(tmpdir(), "psd-programs-"));
  vi.stubEnv("PATH", programs);
  vi.stubEnv("TF_PLUGIN_CACHE_DIR", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a version", () => {
  it.each([
    ["1.6.0", "1.6.0", true],
    ["1.11.4", "1.6.0", true],
    ["2.0.0", "1.6.0", true],
    ["1.10.0-rc1", "1.10.0", true],
    ["1.5.7", "1.6.0", false],
    ["0.14.11", "1.6.0", false],
    ["1.9.8", "1.10.0", false],
  ])("%s fits %s: %s", (version, oldest, fits) => {
    expect(isAtLeast(version, oldest)).toBe(fits);
  });
});

describe("looking for Terraform", () => {
  it("takes terraform where it fits", async () => {
    addProgram("terraform", saysVersion("1.11.4"));
    addProgram("tofu", saysVersion("1.10.6"));
    expect(await findTerraform()).toEqual({ program: "terraform", version: "1.11.4" });
  });

  it("takes OpenTofu where terraform is too old", async () => {
    addProgram("terraform", saysVersion("1.5.7"));
    addProgram("tofu", saysVersion("1.10.6"));
    expect(await findTerraform()).toEqual({ program: "tofu", version: "1.10.6" });
  });

  it("names what is too old", async () => {
    addProgram("terraform", saysVersion("1.5.7"));
    await expect(findTerraform()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("terraform 1.5.7"),
    });
  });

  it("says how to get it where there is none", async () => {
    await expect(findTerraform()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("Neither terraform nor tofu"),
      hint: expect.stringMatching(/terraform|opentofu/),
    });
  });
});

describe("the provider", () => {
  const request = (): PreparationRequest => ({
    program: "terraform",
    cacheDirectory: join(directory, "cache"),
    env: {},
    signal: undefined,
  });
  const calls = () => readFileSync(join(directory, "calls"), "utf8").split("\n").length - 1;
  /** Links the provider from a plugin cache, as Terraform does, and takes its time. */
  const initializes = (): string => `/bin/sleep 0.2
echo called >> ${directory}/calls
/bin/mkdir -p ${directory}/plugin "$TF_DATA_DIR/providers/aws"
/bin/ln -sfn ${directory}/plugin "$TF_DATA_DIR/providers/aws/linux"
echo locked > .terraform.lock.hcl`;

  it("is loaded once, also when several clusters are created at once", async () => {
    addProgram("terraform", initializes());
    const prepared = await Promise.all([1, 2, 3].map(() => prepareProvider(request())));
    expect(new Set(prepared.map(({ dataDirectory }) => dataDirectory)).size).toBe(1);
    await prepareProvider(request());
    expect(calls()).toBe(1);
    expect(readdirSync(join(directory, "cache")).sort()).toEqual([
      expect.stringMatching(/^terraform-[0-9a-f]{12}$/),
      "terraform-plugins",
    ]);
  });

  it("is loaded again when the plugin cache that held it is gone", async () => {
    addProgram("terraform", initializes());
    await prepareProvider(request());
    rmSync(join(directory, "plugin"), { recursive: true });
    await prepareProvider(request());
    expect(calls()).toBe(2);
  });

  it("that can't be loaded is said so, and leaves nothing behind", async () => {
    addProgram("terraform", "echo 'Error: Failed to query available provider packages' >&2; exit 1");
    await expect(prepareProvider(request())).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("terraform init"),
      output: expect.stringContaining("Failed to query available provider packages"),
      hint: expect.stringContaining("HTTPS_PROXY"),
    });
    expect(readdirSync(join(directory, "cache"))).toEqual(["terraform-plugins"]);
  });
});

describe("a cluster's folder", () => {
  it("holds the module as it is now, and nothing of an older one", async () => {
    const lockFile = join(directory, "lock");
    writeFileSync(lockFile, "locked");
    const state = join(directory, "state");
    const place = () => placeModule(state, { dataDirectory: "unused", lockFile }, undefined);
    await place();
    writeFileSync(join(state, "instances.tf"), "resource of an older module");
    writeFileSync(join(state, "terraform.tfstate"), "kept");
    symlinkSync("nowhere", join(state, "backend.tf.json"));
    await place();
    const files = readdirSync(state);
    expect(files).toEqual(expect.arrayContaining(["nodes.tf", "provider.tf.json", ".terraform.lock.hcl"]));
    expect(files).not.toContain("instances.tf");
    expect(files).not.toContain("backend.tf.json");
    expect(files.filter((name) => /test|README|example/.test(name))).toEqual([]);
    expect(existsSync(join(state, "terraform.tfstate"))).toBe(true);
  });
});
