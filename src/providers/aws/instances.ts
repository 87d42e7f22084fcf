import type { CloudInstance, Ec2 } from "../../adapters/aws/ec2.js";
import type { Context } from "../../context.js";
import { counted } from "../../plan/units.js";
import { waitUntil } from "../../wait.js";
import { pollDelay } from "./configure.js";
import { isUp } from "./nodes.js";

export interface InstancesRequest {
  readonly ec2: Ec2;
  readonly clusterId: string;
  readonly ids: readonly string[];
  /** They get no public address. */
  readonly isPrivate: boolean;
  readonly timeoutSeconds: number;
}

/** Waits until instances run; EC2 gives an instance its addresses while it starts. */
export async function instancesUp(
  { ec2, clusterId, ids, isPrivate, timeoutSeconds }: InstancesRequest,
  { report, signal }: Context,
): Promise<CloudInstance[]> {
  const what = counted(ids.length, "instance");
  return report.step("instances", `Waiting for ${what} to run`, (step) =>
    waitUntil({
      description: `${what} to run`,
      timeoutSeconds,
      signal,
      hint: "See: pyspark-deploy status; remove them: pyspark-deploy destroy",
      onWait: step.progress,
      longestDelayMs: pollDelay(ids.length),
      probe: async () => {
        const found = (await ec2.clusterInstances({ clusterId })).filter(({ id }) => ids.includes(id));
        const up = found.filter((instance) => isUp(instance, isPrivate));
        if (up.length === ids.length) return { done: true, value: up };
        return { done: false, seen: `${up.length} of ${ids.length} run` };
      },
    }),
  );
}
