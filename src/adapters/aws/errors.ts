import { ExitCode, InterruptedError, UserError } from "../../errors.js";
import { type AwsAsked, type AwsFailure, explainAws, REFUSALS } from "./failures.js";

export type { AwsAsked, AwsFailure };

interface RawError {
  readonly name?: string;
  readonly message?: string;
  /** Of Node's own errors: the system call's. */
  readonly code?: string;
  readonly cause?: unknown;
}

/** The innermost error of Node's network layer, which says more than what wraps it. */
function rootOf(error: RawError): RawError {
  const inner = error.cause as RawError | undefined;
  return error.code === undefined && inner?.code !== undefined ? inner : error;
}

/** What AWS or the network on the way to it said, as an error that a user can act on; our own errors pass unchanged. */
export function awsError(cause: unknown, asked: AwsAsked): Error {
  if (cause instanceof UserError || cause instanceof InterruptedError) return cause;
  const { name = "Error", code, message = String(cause) } = rootOf(cause as RawError);
  if (name === "AbortError") return new InterruptedError();
  // A mistake of our own is a bug, and none of the cloud's.
  if (cause instanceof TypeError && code === undefined) return cause;
  return awsFailure({ code: code ?? name, message }, asked, cause);
}

/** The same for what another program, such as Terraform, or an answer, such as a fleet's, tells of AWS. */
export function awsFailure(failure: AwsFailure, asked: AwsAsked, cause?: unknown): UserError {
  return new UserError({
    exitCode: ExitCode.cloudRefused,
    ...explainAws(failure, asked),
    // Kept for those who look for the code.
    cause: cause ?? { name: failure.code, message: failure.message },
  });
}

/** True for a permission that is missing, which no repetition mends. */
export const isRefusal = (error: unknown): boolean => REFUSALS.test(awsCode(error) ?? "");

/** The code that AWS gave, such as DependencyViolation, of an error that `awsError` made. */
export function awsCode(error: unknown): string | undefined {
  const { code, name } = rootOf(((error as Error | undefined)?.cause ?? {}) as RawError);
  return code ?? name;
}

/** True when S3 has no object of that name. */
export const isNoObject = (error: unknown): boolean => /^(NoSuchKey|NotFound)$/.test(awsCode(error) ?? "");

/** True when S3 has no bucket of that name. */
export const isNoBucket = (error: unknown): boolean => awsCode(error) === "NoSuchBucket";
