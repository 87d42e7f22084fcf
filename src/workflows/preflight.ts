import { freeBytes } from "../adapters/machine.js";
import { hostSystem } from "../host.js";
import { checkEngineDisk, warningText } from "../plan/diagnosis.js";
import type { Session } from "./session.js";

/** Warns before minutes of work end at a full disk: of doctor's checks one that costs nothing beside `docker info`. */
export async function warnAboutDisk(session: Session): Promise<void> {
  const { rootDirectory, isHere } = await session.machine();
  if (!isHere) return;
  const text = warningText(checkEngineDisk(rootDirectory, await freeBytes(rootDirectory), hostSystem()));
  if (text !== undefined) session.context.report.note(text, "warning");
}
