import { ExitCode, UserError } from "../../errors.js";

export async function growCluster(..._: readonly unknown[]): Promise<void> {
  throw new UserError({
    exitCode: ExitCode.usage,
    message: "Workers can't be added yet.",
    hint: "Make another cluster.",
  });
}

export async function shrinkCluster(..._: readonly unknown[]): Promise<void> {
  throw new UserError({
    exitCode: ExitCode.usage,
    message: "Workers can't be removed yet.",
    hint: "Make another cluster.",
  });
}
