// CPU seconds of a process and all that it started, by program, while it runs: from /proc (Linux).
import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;
const EVERY_MILLISECONDS = 100;

/** Of one process: its parent, its program, its CPU seconds with those of children that have ended. */
function readProcess(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [own, children] = [11, 13].map(
      (at) => (Number(fields[at]) + Number(fields[at + 1])) / TICKS_PER_SECOND,
    );
    return { pid, parent: Number(fields[1]), name, own, children };
  } catch {
    return undefined;
  }
}

const processes = () =>
  readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));

function treeSeconds(all, root) {
  const children = new Map();
  for (const one of all) children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  const sum = (process) =>
    process.own +
    process.children +
    (children.get(process.pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return { total: sum(root), children: (children.get(root.pid) ?? []).map((child) => [child, sum(child)]) };
}

/** CPU seconds that this machine's cores were not idle, all programs together; time that its own host took from it counts. */
function busySeconds() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync("/proc/stat", "utf8")
    .split("\n")[0]
    .replace(/^cpu +/, "")
    .split(" ")
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/**
 * Looks at a process ten times a second until `stop()`, which returns its CPU seconds: in all, its own, those of the
 * programs that it started, and how the total and that of the whole machine grew (Unix seconds, CPU seconds). A connection
 * of OpenSSH's that outlives the program that opened it counts as long as it is there.
 */
export function watchCpu(pid) {
  const programs = new Map();
  const curve = [];
  let [own, total] = [0, 0];
  const connections = new Map();
  const before = new Set(processes().map((process) => process.pid));
  const look = () => {
    const all = processes();
    const root = all.find((process) => process.pid === pid);
    if (!root) return;
    const tree = treeSeconds(all, root);
    for (const [child, seconds] of tree.children) programs.set(child.pid, { name: child.name, seconds });
    for (const one of all)
      if (one.name === "ssh" && one.parent === 1 && !before.has(one.pid)) connections.set(one.pid, one.own);
    own = root.own;
    total = tree.total + [...connections.values()].reduce((sum, seconds) => sum + seconds, 0);
    curve.push({ at: Date.now() / 1000, total, machine: busySeconds() });
  };
  const timer = setInterval(look, EVERY_MILLISECONDS);
  return () => {
    look();
    clearInterval(timer);
    const by = {};
    for (const { name, seconds } of programs.values()) by[name] = (by[name] ?? 0) + seconds;
    by["ssh, persistent"] = [...connections.values()].reduce((sum, seconds) => sum + seconds, 0);
    return { total, own, by, curve };
  };
}

/** CPU seconds between two times: those of the process (`total`) or of the whole machine (`machine`). */
export function between(curve, whose, from, to) {
  const until = (time) => (curve.filter(({ at }) => at <= time).at(-1) ?? curve[0])?.[whose] ?? 0;
  return until(to) - until(from);
}

/** CPU seconds of a process with its ended children. */
export const cpuSeconds = (pid) => {
  const found = readProcess(pid);
  return found ? found.own + found.children : 0;
};
