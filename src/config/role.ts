/** The role as whom AWS is asked. */
export interface RoleToTake {
  readonly arn: string;
  readonly externalId?: string | undefined;
  readonly sessionName?: string | undefined;
}

/** That of a config's `aws`, validated or not; undefined where the user's own credentials do it. */
export function roleToTake({
  assumeRole: arn,
  externalId,
  sessionName,
}: {
  readonly assumeRole?: unknown;
  readonly externalId?: unknown;
  readonly sessionName?: unknown;
}): RoleToTake | undefined {
  if (typeof arn !== "string") return undefined;
  return {
    arn,
    ...(typeof externalId === "string" && { externalId }),
    ...(typeof sessionName === "string" && { sessionName }),
  };
}
