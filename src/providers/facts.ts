import type { Config } from "../config/schema.js";
import type { ClusterPlan } from "../plan/cluster-plan.js";
import type { PlannedFacts } from "./provider.js";

type Summary = Pick<ClusterPlan, "image" | "workers" | "worker" | "driverHeapBytes" | "storage">;

/** What the record keeps of a plan, whoever carries it out. */
export function plannedFacts(plan: Summary, config: Config): Omit<PlannedFacts, "driver"> {
  const { embedded, endpoint, region, credentials, eventLog } = plan.storage;
  const { profile } = config.storage;
  return {
    image: plan.image,
    workers: plan.workers,
    workerCores: plan.worker.cores,
    workerMemoryBytes: plan.worker.executorHeapBytes * plan.worker.executors,
    driverHeapBytes: plan.driverHeapBytes,
    storage: {
      embedded,
      region,
      credentials,
      ...(endpoint !== undefined && { endpoint }),
      ...(eventLog !== undefined && { eventLog }),
      ...(profile !== undefined && { profile }),
    },
  };
}
