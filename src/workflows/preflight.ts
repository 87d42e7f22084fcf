import { freeBytes } from "../adapters/machine.js";
import type { Config } from "../config/schema.js";
import { parseBytes } from "../config/size.js";
import { hostSystem } from "../host.js";
import { type ClusterWish, checkEngineDisk, checkSize } from "../plan/diagnosis.js";
import type { Session } from "./session.js";

/** What a config asks of the machine that its cluster runs on. */
export function clusterWish(config: Config): ClusterWish {
  return {
    workers: config.workers,
    cores: config.worker.cores,
    memory: config.worker.memory,
    workload: config.spark.workload,
    driverHeapBytes: parseBytes(config.driver.memory),
  };
}

/**
 * Those of doctor's checks that cost nothing beside the `docker info` that a verb makes anyway: warns before minutes of
 * work end at a full disk or a starved executor.
 * @throws UserError when there is no engine to work with.
 */
export async function warnAboutEngine(session: Session): Promise<void> {
  const engine = await session.machine();
  const system = hostSystem();
  const free = await freeBytes(engine.rootDirectory);
  const checks = [
    checkSize(engine, clusterWish(session.loaded.config), system),
    checkEngineDisk(engine.rootDirectory, free, system),
  ];
  for (const { state, text, fix } of checks) {
    if (state !== "ok") session.context.report.note(`${text}. ${fix}`, "warning");
  }
}
