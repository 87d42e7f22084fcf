// Runs tiers of tests, all without arguments: node scripts/test-tiers.mjs [TIER…]. Each tier's output is printed whole, when it
// ends; the last line is "N passed, N failed".
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const REPORTS = "build/reports";

/**
 * The tiers of a lane run one after another, the lanes side by side: while one waits for Terraform, SSH or a boot, the other
 * has the cores. Tiers of one lane may use what there is once on a machine: `image` builds the base that `e2e` runs on.
 */
const LANES = [
  ["lint", "unit", "contract", "e2e-aws"],
  ["image", "e2e"],
];

const report = (tier) => `${process.cwd()}/${REPORTS}/${tier}.xml`;

function commandOf(tier) {
  if (tier === "lint") return ["npm", "run", "--silent", "lint"];
  if (tier === "image") return ["scripts/test-image"];
  const reporters = ["--reporter=default", "--reporter=junit", `--outputFile.junit=${report(tier)}`];
  return ["npx", "vitest", "run", "--project", tier, ...reporters];
}

// Short, for the sockets that lie in it: a socket's path may have about 100 characters.
const temporary = mkdtempSync(join(tmpdir(), "t-"));
// Some tests are another user.
chmodSync(temporary, 0o755);
process.on("exit", () => {
  try {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  } catch (error) {
    console.error(`${temporary} can't be removed: ${error.message}`);
  }
});

const running = new Map();
let stopped = false;

/** Ends with true when the tier passed. */
async function run(tier) {
  console.log(`== ${tier}: started`);
  const log = `${REPORTS}/${tier}.log`;
  // One alone is shown as it goes.
  const output = wanted.length === 1 ? "inherit" : openSync(log, "w");
  const started = Date.now();
  const [file, ...args] = commandOf(tier);
  const env = { ...process.env, IMAGE_JUNIT: report("image"), TMPDIR: temporary };
  // A group of its own: what ends it ends all that it started.
  const child = spawn(file, args, { stdio: ["ignore", output, output], env, detached: true });
  running.set(tier, child);
  const code = await new Promise((ended) => {
    child.on("error", () => ended(1));
    child.on("exit", ended);
  });
  running.delete(tier);
  const seconds = Math.round((Date.now() - started) / 1000);
  if (output !== "inherit") {
    closeSync(output);
    console.log(`== ${tier}\n${readFileSync(log, "utf8").trimEnd()}`);
  }
  console.log(`== ${tier}: ${seconds} s`);
  return code === 0;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => {
    stopped = true;
    for (const { pid } of running.values()) if (pid !== undefined) process.kill(-pid, signal);
  });

const known = LANES.flat();
const wanted = process.argv.length > 2 ? process.argv.slice(2) : known;
const unknown = wanted.filter((tier) => !known.includes(tier));
if (unknown.length > 0) {
  console.error(`There is no tier ${unknown.join(", ")}. There are: ${known.join(", ")}.`);
  process.exit(2);
}

rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const failed = [];
const started = Date.now();
await Promise.all(
  LANES.map(async (lane) => {
    for (const tier of lane.filter((one) => wanted.includes(one)))
      if (!stopped && !(await run(tier))) failed.push(tier);
  }),
);
if (stopped) process.exit(130);
console.log(`== all: ${Math.round((Date.now() - started) / 1000)} s`);
const count = spawnSync(process.execPath, ["scripts/count-tests.mjs", REPORTS, ...failed], { stdio: "inherit" });
process.exitCode = count.status ?? 1;
