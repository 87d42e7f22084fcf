import { freeBytes } from "../adapters/machine.js";
import { type Config, DEFAULT_DRIVER_MEMORY } from "../config/schema.js";
import { parseBytes } from "../config/size.js";
import { hostSystem } from "../host.js";
import { type Check, type ClusterWish, checkEngineDisk, checkSize } from "../plan/diagnosis.js";
import { sizeLocalWorker } from "../plan/sizing.js";
import type { Session } from "./session.js";

/** What a config asks of the machine that its cluster runs on. */
export function clusterWish(config: Config): ClusterWish {
  return {
    workers: config.workers,
    cores: config.worker.cores,
    memory: config.worker.memory,
    workload: config.spark.workload,
    driverHeapBytes: parseBytes(config.driver.memory ?? DEFAULT_DRIVER_MEMORY),
  };
}

/** Those of doctor's checks that cost nothing beside the `docker info` that is made anyway. */
function warn(session: Session, { state, text, fix }: Check): void {
  if (state !== "ok") session.context.report.note(`${text.replace(/\.$/, "")}. ${fix}`, "warning");
}

/** Warns before minutes of work end at a full disk. */
export async function warnAboutDisk(session: Session): Promise<void> {
  const { rootDirectory, isHere } = await session.machine();
  if (isHere) warn(session, checkEngineDisk(rootDirectory, await freeBytes(rootDirectory), hostSystem()));
}

/**
 * Looks whether the engine can hold the cluster, before minutes of work.
 * @throws UserError when it can't.
 */
export async function checkEngine(session: Session): Promise<void> {
  const [machine] = await Promise.all([session.machine(), warnAboutDisk(session)]);
  const wish = clusterWish(session.loaded.config);
  sizeLocalWorker(machine, wish);
  warn(session, checkSize(machine, wish, hostSystem()));
}
