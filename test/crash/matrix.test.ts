import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { terraformEnvironment } from "../support/terraform.js";
import { allCases, type Case, campaignName, campaignsOf, caseName } from "./cases.js";
import { countSteps } from "./count-steps.js";
import { type Outcome, runCase } from "./run-case.js";
import { table } from "./table.js";
import { Worlds } from "./world.js";

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
const hosts = process.env.CRASH_HOSTS === "light" ? "light" : "none";
const campaigns = campaignsOf(hosts);
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
const worlds = await Worlds.start(hosts, JOBS);
const { counts, recorded } = await worlds.within(countSteps);
const cases = allCases(campaigns, counts);
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
// In no order: a slice has something of everything.
const place = (one: Case) => createHash("sha1").update(caseName(one)).digest("hex");
wanted.sort((one, other) => place(one).localeCompare(place(other)));
console.log(`${cases.length} cases, ${wanted.length} to run; steps: ${JSON.stringify(counts)}`);

afterAll(async () => {
  await worlds.stop();
  rmSync(scratch, { recursive: true });
  rmSync(recorded.folder, { recursive: true });
  console.log(table(campaigns, cases, readResults()));
});

it.concurrent.for(wanted.map((one): [string, Case] => [caseName(one), one]))(
  "%s",
  async ([, one], { skip }) => {
    if (Date.now() > end) skip();
    const outcome = await worlds.within((world) => runCase(world, one, recorded));
    appendFileSync(RESULTS, `${JSON.stringify(outcome)}\n`);
    expect({ left: outcome.left, problems: outcome.problems }).toEqual({ left: [], problems: [] });
  },
);
