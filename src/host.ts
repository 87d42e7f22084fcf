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

/** Whether a process runs; one that has ended and that nobody has waited for (no init in a container, say) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // The state follows the name, which may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const stat = readIfThere(`/proc/${pid}/stat`);
  return !/^\) [ZX] /.test(stat.slice(stat.lastIndexOf(")")));
}
