// What the seconds of a `create` on the simulated AWS went to.
import { elapsed } from "./aws-lib.mjs";
import { AwsProject } from "./aws-project.mjs";
import { coveredSeconds, hostSpans } from "./aws-spans.mjs";
import { bars } from "./lib.mjs";

/** A project whose clusters tell it. */
export class CreatedProject extends AwsProject {
  async create(name) {
    const ran = await this.cli("create", "cloud", "--name", name);
    const spans = await hostSpans();
    const within = { from: ran.began, to: ran.ended };
    const others = Object.fromEntries(
      Object.entries(spans).map(([kind, list]) => [kind, coveredSeconds(list, within)]),
    );
    const own = elapsed(ran) - coveredSeconds(Object.values(spans).flat(), within);
    return { total: elapsed(ran), own, others, waterfall: ran.result.waterfall };
  }

  async destroy(name) {
    return elapsed(await this.cli("destroy", name, "--yes"));
  }
}

/** What the seconds went to, per run. */
export function showParts(runs) {
  console.log(
    "\nWhere create's time went: what waits for hosts, registry and Spark overlaps; own time is the rest",
  );
  for (const { total, own, others, waterfall } of runs) {
    const parts = Object.entries(others).map(([kind, value]) => `${kind} ${value.toFixed(1)}`);
    console.log(`  ${total.toFixed(1)} s: own ${own.toFixed(1)}; ${parts.join(", ")}`);
    console.log(`    ${bars(waterfall)}`);
  }
}
