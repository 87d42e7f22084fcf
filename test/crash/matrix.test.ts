import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { terraformEnvironment } from "../support/terraform.js";
import { allCases, type Case, campaignName, caseName } from "./cases.js";
import { countSteps } from "./count-steps.js";
import { type Outcome, runCase } from "./run-case.js";
import { table } from "./table.js";
import { buildImage, World } from "./world.js";

const {
  CRASH_CAMPAIGN = "",
  CRASH_FROM = "1",
  CRASH_TO = "1e9",
  CRASH_EVERY = "1",
  CRASH_MINUTES = "1e9",
} = process.env;
/** The cases of earlier slices; what went well is not run again. */
const RESULTS = join(import.meta.dirname, "../../build/crash-matrix/results.jsonl");
const JOBS = Number(process.env.CRASH_JOBS ?? "2");
const end = Date.now() + Number(CRASH_MINUTES) * 60_000;

/** The last result of each case. */
function readResults(): Outcome[] {
  if (!existsSync(RESULTS)) return [];
  const lines = readFileSync(RESULTS, "utf8").trim().split("\n").filter(Boolean);
  const outcomes = lines.map((line) => JSON.parse(line) as Outcome);
  return [...new Map(outcomes.map((outcome) => [outcome.name, outcome])).values()];
}

const isWell = ({ left, problems }: Outcome) => left.length === 0 && problems.length === 0;

mkdirSync(join(RESULTS, ".."), { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), "psd-crash-"));
Object.assign(process.env, terraformEnvironment(scratch));
// For our own calls; the cases' commands get theirs.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIASIMULATED", AWS_SECRET_ACCESS_KEY: "simulated" });
const image = await buildImage();
const worlds = await Promise.all(Array.from({ length: JOBS }, () => World.start(image)));
const [first] = worlds;
if (!first) throw new Error("CRASH_JOBS must be 1 at least");
const { counts, recorded } = await countSteps(first);
const cases = allCases(counts);
const known = new Set(
  readResults()
    .filter(isWell)
    .map(({ name }) => name),
);
const wanted = cases
  .filter((one) => campaignName(one).includes(CRASH_CAMPAIGN) && !known.has(caseName(one)))
  .filter(
    ({ step }) => step >= Number(CRASH_FROM) && step <= Number(CRASH_TO) && step % Number(CRASH_EVERY) === 0,
  );
console.log(`${cases.length} cases, ${wanted.length} to run; steps: ${JSON.stringify(counts)}`);

afterAll(() => {
  for (const world of worlds) world.stop();
  rmSync(scratch, { recursive: true });
  rmSync(recorded.folder, { recursive: true });
  console.log(table(cases, readResults()));
});

/** Waits for a world that no other case is in. */
async function inWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const world = worlds.pop();
  if (!world) throw new Error("more cases at once than worlds");
  return work(world).finally(() => worlds.push(world));
}

it.concurrent.for(wanted.map((one): [string, Case] => [caseName(one), one]))(
  "%s",
  async ([, one], { skip }) => {
    if (Date.now() > end) skip();
    const outcome = await inWorld((world) => runCase(world, one, recorded));
    appendFileSync(RESULTS, `${JSON.stringify(outcome)}\n`);
    expect({ left: outcome.left, problems: outcome.problems }).toEqual({ left: [], problems: [] });
  },
);
