import { type FleetRecord, fleetNumber, type LaunchAttempt } from "./attempts.js";
import type { TerraformFleet, TerraformVariables } from "./terraform-variables.js";

export interface GrowthPlan {
  /** The first attempt; the workers that are there keep their fleets. */
  readonly attempt: LaunchAttempt;
  /** What Terraform has by now, by its keys. */
  readonly fleets: TerraformVariables["fleets"];
}

const terraformFleet = ({ role, count, types, zone, market }: FleetRecord): TerraformFleet => ({
  role,
  count,
  instance_types: types,
  zone,
  market,
});

/**
 * One more batch of workers beside those that a cluster has: of their types, in their zone. A key of a batch that was never finished is
 * not taken again: Terraform would take what is left of it for the batch.
 * @param recorded what Terraform was asked for and got; undefined of a cluster that was made before that was recorded
 * @param last what Terraform was asked for last, finished or not
 */
export function planGrowth(
  recorded: readonly FleetRecord[] | undefined,
  last: Pick<TerraformVariables, "fleets">,
): GrowthPlan {
  const fleets = recorded
    ? Object.fromEntries(recorded.map((fleet) => [fleet.key, terraformFleet(fleet)]))
    : last.fleets;
  const entries = Object.entries(fleets);
  const [masterFleet, master] = entries.find(([, { role }]) => role === "master") ?? [];
  const batches = Object.values(fleets).filter(({ role }) => role === "worker");
  const workers = batches.at(-1);
  if (masterFleet === undefined || !master || !workers)
    throw new Error("a cluster has a fleet of its master and one of workers");
  const number =
    1 + Math.max(...[...entries.map(([key]) => key), ...Object.keys(last.fleets)].map(fleetNumber));
  return {
    attempt: {
      zone: master.zone,
      masterTypes: master.instance_types,
      workerTypes: workers.instance_types,
      masterFleet,
      workersFleet: `workers-${number}`,
      // Who took spot machines where there were some wants more of them, also when the last were not.
      market: batches.some(({ market }) => market === "spot") ? "spot" : "on-demand",
    },
    fleets,
  };
}

export interface GrowthLaunch {
  readonly attempt: LaunchAttempt;
  readonly workers: number;
  /** Of the workers' launch template: the one with what new hosts do at their boot. */
  readonly templateVersion: string;
}

/**
 * What Terraform is called with for one more batch: all else as it was, the template's own user data too. Terraform's provider
 * waits 5 s for a template that it has changed, so that the batch takes a version that was added to it.
 */
export function growthVariables(
  last: TerraformVariables,
  { fleets }: GrowthPlan,
  { attempt, workers, templateVersion }: GrowthLaunch,
): TerraformVariables {
  const { zone, market, workerTypes, workersFleet } = attempt;
  const batch: TerraformFleet = {
    role: "worker",
    count: workers,
    instance_types: workerTypes,
    zone,
    market,
    launch_template_version: templateVersion,
  };
  return { ...last, fleets: { ...fleets, [workersFleet]: batch } };
}
