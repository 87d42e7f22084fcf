import { ExitCode, UserError } from "../../errors.js";
import { run } from "../../exec/run.js";
import { hostSystem } from "../../host.js";
import { fixFor } from "../../plan/fixes.js";

export interface TerraformProgram {
  /** As it is started. */
  readonly program: "terraform" | "tofu";
  /** Such as "1.11.4". */
  readonly version: string;
}

/** OpenTofu began with it, and Terraform's S3 backend has known AWS's usual environment variables since. */
const OLDEST = "1.6.0";
/** The first with lock files on S3. */
export const OLDEST_WITH_S3_LOCK = "1.10.0";

/** Compares the numbers of two versions; what follows a hyphen does not count. */
export function isAtLeast(version: string, oldest: string): boolean {
  const numbers = (text: string) => (text.split("-")[0] ?? "").split(".").map(Number);
  const wanted = numbers(oldest);
  const has = numbers(version);
  const difference = wanted.findIndex((number, index) => (has[index] ?? 0) !== number);
  return difference === -1 || (has[difference] ?? 0) > (wanted[difference] ?? 0);
}

/** Undefined when the program is not there or does not run. */
async function versionOf(program: TerraformProgram["program"]): Promise<string | undefined> {
  try {
    const { stdout } = await run({
      file: program,
      args: ["version", "-json"],
      env: { CHECKPOINT_DISABLE: "1" },
    });
    return (JSON.parse(stdout) as { terraform_version?: string }).terraform_version;
  } catch {
    return undefined;
  }
}

/**
 * Terraform, or where that is missing or too old OpenTofu, from the PATH.
 * @throws UserError (exit code 3) when neither is there in a version that fits.
 */
export async function findTerraform(): Promise<TerraformProgram> {
  const found: TerraformProgram[] = [];
  for (const program of ["terraform", "tofu"] as const) {
    const version = await versionOf(program);
    if (version === undefined) continue;
    if (isAtLeast(version, OLDEST)) return { program, version };
    found.push({ program, version });
  }
  const old = found.map(({ program, version }) => `${program} ${version}`).join(" and ");
  throw new UserError({
    exitCode: ExitCode.toolMissing,
    message: old
      ? `${old} on the PATH is too old: Terraform or OpenTofu ${OLDEST} or newer is needed for clusters on AWS.`
      : "Neither terraform nor tofu (OpenTofu) is on the PATH: clusters on AWS need one of them.",
    hint: fixFor("terraform-missing", hostSystem()),
  });
}
