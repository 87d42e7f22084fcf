import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { findTerraform } from "../../src/adapters/terraform/find.js";
import { assetPath } from "../../src/assets.js";
import { terraformEnvironment } from "../support/terraform.js";

describe("the module", () => {
  it("passes its own tests", { timeout: 400_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "psd-module-"));
    const copy = join(directory, "module");
    cpSync(assetPath("terraform"), copy, { recursive: true });
    const env = { ...terraformEnvironment(directory), GOGC: "400" };
    const { program } = await findTerraform();
    const terraform = async (...args: string[]) => (await execa(program, args, { cwd: copy, env })).stdout;
    await terraform("init", "-input=false");
    expect(await terraform("test", "-no-color")).toContain(" 0 failed.");
  });
});
