import { readFileSync } from "node:fs";
import { identifySystem, type OperatingSystem } from "./plan/fixes.js";

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The system that this process runs on. */
export function hostSystem(): OperatingSystem {
  return identifySystem({
    platform: process.platform,
    osRelease: readIfThere("/etc/os-release"),
    kernel: readIfThere("/proc/version"),
  });
}
