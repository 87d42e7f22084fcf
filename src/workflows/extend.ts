import { endOf } from "../config/duration.js";
import { ExitCode, UserError } from "../errors.js";
import type { Session } from "./session.js";

export interface Extended {
  readonly cluster: string;
  /** ISO 8601, UTC. */
  readonly before: string;
  readonly deadline: string;
}

/** Moves the time at which a cluster's nodes switch themselves off to `duration` from now. */
export async function extendCluster(
  anySession: Session,
  name: string | undefined,
  duration: string,
): Promise<Extended> {
  const record = await anySession.ready(name);
  const session = anySession.forRecord(record);
  const { cluster } = record.identity;
  const { cloud } = record;
  if (!cloud) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `"${cluster}" has no deadline: it runs on your own Docker engine and costs nothing.`,
    });
  }
  return session.locked(cluster, "extend", async () => {
    const deadline = endOf(duration, Date.now());
    await session.context.report.step("extend", `Moving the deadline of ${cluster} to ${deadline}`, () =>
      session.providerOf(record).extend(record, deadline),
    );
    await session.records.write({ ...record, cloud: { ...cloud, deadline } });
    return { cluster, before: cloud.deadline, deadline };
  });
}
