// Adds up JUnit reports: node scripts/count-tests.mjs FOLDER [TIER_THAT_FAILED…]. Names the tests that failed, so that the end of
// a log tells them. Exits 1 when anything failed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...failedTiers] = process.argv.slice(2);
const total = { tests: 0, failures: 0, errors: 0, skipped: 0 };
const tiersWithFailures = new Set();

/** One attribute as text, on one line of at most 400 characters. */
const attribute = (element, name) =>
  (new RegExp(`(?:^| )${name}="([^"]*)"`).exec(element)?.[1] ?? "")
    .replace(/&#x?[0-9a-f]+;|\s+/gi, " ")
    .replace(/&(quot|apos|lt|gt|amp);/g, (_, entity) => ({ quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" })[entity])
    .slice(0, 400);

for (const file of readdirSync(folder).filter((name) => name.endsWith(".xml"))) {
  const tier = file.replace(/\.xml$/, "");
  const reports = readFileSync(join(folder, file), "utf8");
  for (const [suite] of reports.matchAll(/<testsuite [^>]*>/g)) {
    const count = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    for (const name of Object.keys(total)) total[name] += count(name);
    if (count("failures") + count("errors") > 0) tiersWithFailures.add(tier);
  }
  for (const [, test, inside] of reports.matchAll(/<testcase ([^>]*[^/])>([\s\S]*?)<\/testcase>/g)) {
    const [, outcome] = /<(?:failure|error)([^>]*)/.exec(inside) ?? [];
    if (outcome === undefined) continue;
    console.log(`failed in ${tier}: ${attribute(test, "classname")}: ${attribute(test, "name")}: ${attribute(outcome, "message")}`);
  }
}

const crashed = failedTiers.filter((tier) => !tiersWithFailures.has(tier));
for (const tier of crashed) console.log(`${tier} failed outside its tests`);
const failed = total.failures + total.errors + crashed.length;
const passed = total.tests - total.failures - total.errors - total.skipped;
console.log(`${passed} passed, ${failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
