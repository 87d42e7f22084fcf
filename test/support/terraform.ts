import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of provider packages that lies on a machine without a way to Terraform's registry. */
function findMirror(): string | undefined {
  const args = [
    "/",
    "-xdev",
    "-maxdepth",
    "4",
    "-type",
    "d",
    "-name",
    "registry.terraform.io",
    "-print",
    "-quit",
  ];
  const found = execFileSync("find", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  return found === "" ? undefined : dirname(found);
}

/** Writes a CLI config for Terraform that takes providers from this machine where they are; returns the environment for it. */
export function terraformEnvironment(directory: string): Record<string, string> {
  const file = join(directory, "terraformrc");
  const mirror = findMirror();
  const installation = mirror
    ? `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`
    : "";
  writeFileSync(file, installation);
  return { TF_CLI_CONFIG_FILE: file };
}
