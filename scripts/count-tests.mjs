// Adds up JUnit reports: node scripts/count-tests.mjs FOLDER [TIER_THAT_FAILED…]. Exits 1 when anything failed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...failedTiers] = process.argv.slice(2);
const total = { tests: 0, failures: 0, errors: 0, skipped: 0 };
const tiersWithFailures = new Set();

for (const file of readdirSync(folder).filter((name) => name.endsWith(".xml"))) {
  for (const [suite] of readFileSync(join(folder, file), "utf8").matchAll(/<testsuite [^>]*>/g)) {
    const count = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    for (const name of Object.keys(total)) total[name] += count(name);
    if (count("failures") + count("errors") > 0) tiersWithFailures.add(file.replace(/\.xml$/, ""));
  }
}

const crashed = failedTiers.filter((tier) => !tiersWithFailures.has(tier));
for (const tier of crashed) console.log(`${tier} failed outside its tests`);
const failed = total.failures + total.errors + crashed.length;
const passed = total.tests - total.failures - total.errors - total.skipped;
console.log(`${passed} passed, ${failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
