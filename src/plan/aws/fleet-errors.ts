import { ExitCode, UserError } from "../../errors.js";
import type { Market } from "./attempts.js";

export interface FleetError {
  /** Of AWS, such as InsufficientInstanceCapacity. */
  readonly code: string;
  readonly message: string;
  readonly type?: string | undefined;
  readonly zone?: string | undefined;
}

/**
 * `capacity`: other types or zones may have what is asked for; `again`: passes by itself; `quota` and `refused`: no other
 * launch would be allowed either.
 */
export type FleetErrorKind = "capacity" | "again" | "quota" | "refused";

/** Of the account's virtual CPUs of standard machines, as Service Quotas names them. */
export const QUOTA_CODES: Readonly<Record<Market, string>> = {
  // "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"
  "on-demand": "L-1216C47A",
  // "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"
  spot: "L-34B43A08",
};

const KINDS: readonly (readonly [RegExp, FleetErrorKind])[] = [
  [/^Insufficient\w*Capacity$|^UnfulfillableCapacity$|^InsufficientFreeAddressesInSubnet$/, "capacity"],
  // The type is not offered in this zone, whatever the offerings said.
  [/^Unsupported(Operation)?$|^InvalidFleetConfiguration$/, "capacity"],
  // The most that is paid for spot is the on-demand price.
  [/^SpotMaxPriceTooLow$/, "capacity"],
  [/^(\w*LimitExceeded|MaxSpotInstanceCountExceeded)$/, "quota"],
  [
    /^(RequestLimitExceeded|Throttling\w*|InternalError|InternalFailure|ServiceUnavailable|Unavailable)$/,
    "again",
  ],
  // A version that was added seconds ago.
  [/^InvalidLaunchTemplate\w*\.(VersionNotFound|NotFound)$/, "again"],
];

/** What a fleet's error means for the next launch. */
export function kindOf(code: string, message: string): FleetErrorKind {
  // The error of a profile that was made seconds ago has the code of a wrong parameter.
  if (/^InvalidParameter(Value|Combination)?$/.test(code) && /instance ?profile/i.test(message))
    return "again";
  if (code === "RequestLimitExceeded") return "again";
  return KINDS.find(([form]) => form.test(code))?.[1] ?? "refused";
}

/** What a user can do about an error that no other launch would be spared. */
export function explainRefusal({ code, message }: FleetError, region: string): UserError {
  if (/ServiceLinkedRoleCreationNotPermitted$/.test(code)) return explainFirstSpot({ code, message });
  const quota = kindOf(code, message) === "quota";
  const quotaCode = QUOTA_CODES[/spot/i.test(code) ? "spot" : "on-demand"];
  return new UserError({
    exitCode: ExitCode.cloudRefused,
    message: quota
      ? `Your account may not run so many machines in ${region} (${code}): ${message}`
      : `AWS refused to launch the machines (${code}): ${message}`,
    hint: quota
      ? `Ask for fewer workers or smaller types, or raise the quota: aws service-quotas request-service-quota-increase --region ${region} --service-code ec2 --quota-code ${quotaCode} --desired-value N`
      : "Correct what AWS says; what the credentials need to be allowed: docs/iam-policy.json",
  });
}

/** Of an account's very first spot machine. */
function explainFirstSpot({ code, message }: FleetError): UserError {
  return new UserError({
    exitCode: ExitCode.cloudRefused,
    message: `AWS has no role of its own for spot machines in this account yet (${code}): ${message}`,
    hint: "Somebody who may has to make it once: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com; or set aws: {market: on-demand}",
  });
}
