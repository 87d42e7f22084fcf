// What the benchmarks share: running things, timing them, and printing raw runs with their median.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CLI = join(ROOT, "dist/cli.js");

/** Runs a program; throws with its output when it fails. Returns what it printed on standard output. */
export function sh(file, args, options = {}) {
  const result = spawnSync(file, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (result.status !== 0) {
    throw new Error(
      `${file} ${args.join(" ")} ended with ${result.status}\n${result.stdout}\n${result.stderr}`,
    );
  }
  return result.stdout.trim();
}

export const cli = (directory, ...args) => sh(process.execPath, [CLI, ...args], { cwd: directory });
export const CLI_COMMAND = [process.execPath, CLI];

/** Seconds that `work` takes. */
export function seconds(work) {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / 1e9;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Times every side once per round, in turn, so that the machine's mood meets all of them. */
export function interleave(rounds, sides) {
  const runs = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries(sides)) runs[name].push(work(round));
  }
  return runs;
}

export function show(title, runs, unit = "s") {
  console.log(`\n${title}`);
  for (const [name, values] of Object.entries(runs)) {
    console.log(
      `  ${name}: median ${median(values).toFixed(3)} ${unit}  (${values.map((v) => v.toFixed(3)).join(", ")})`,
    );
  }
}

/** Compares with the goal, says so, and lets the process fail at the end when it was missed. */
export function goal(text, reached) {
  console.log(`  goal: ${text}: ${reached ? "reached" : "MISSED"}`);
  if (!reached) process.exitCode = 1;
}

/** A small project whose only job is in `files`. */
export function newProject(name, files, config = "") {
  const directory = mkdtempSync(join(tmpdir(), `psd-bench-${name}-`));
  const all = {
    "pyspark-deploy.yaml": `project: bench-${name}\n${config}`,
    Dockerfile: "ARG PYSPARK_DEPLOY_BASE\nFROM ${PYSPARK_DEPLOY_BASE}\nCOPY . .\n",
    ".dockerignore": ".git\n.pyspark-deploy\n",
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

/** The steps of a verb's `waterfall`, from and to in seconds, on one line. */
export const bars = (waterfall) =>
  waterfall.map(({ step, start, end }) => `${step} ${start.toFixed(1)}-${end.toFixed(1)}`).join(", ");
