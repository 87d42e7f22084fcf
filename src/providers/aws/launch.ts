import { setTimeout as delay } from "node:timers/promises";
import type { Ec2 } from "../../adapters/aws/ec2.js";
import { awsFailure } from "../../adapters/aws/errors.js";
import { TerraformFailure } from "../../adapters/terraform/failure.js";
import type { Terraform } from "../../adapters/terraform/terraform.js";
import type { Context } from "../../context.js";
import {
  type FleetOutcome,
  type LaunchAttempt,
  nextAttempt,
  type TriedAttempt,
} from "../../plan/aws/attempts.js";
import type { AwsClusterPlan } from "../../plan/aws/aws-plan.js";
import type { TerraformVariables } from "../../plan/aws/terraform-variables.js";
import type { CloudFacts } from "../provider.js";

export type RecordedFleet = NonNullable<CloudFacts["fleets"]>[number];

export interface LaunchRequest {
  readonly plan: Pick<AwsClusterPlan, "attempts" | "region">;
  /** Instances of the attempt's workers' fleet. */
  readonly workers: number;
  /** What Terraform makes in an attempt, for people. */
  readonly title: (attempt: LaunchAttempt) => string;
  readonly variables: (attempt: LaunchAttempt) => TerraformVariables;
  /** False where fleets exist whose instances may have ended. */
  readonly refresh: boolean;
}

export interface Launched {
  readonly securityGroup: string | undefined;
  /** Of the master's fleet and the attempt's workers' fleet. */
  readonly instances: readonly string[];
  /** All that Terraform has by now. */
  readonly fleets: RecordedFleet[];
}

const recordedFleets = ({ fleets }: TerraformVariables): RecordedFleet[] =>
  Object.entries(fleets).map(([key, { role, market, zone, instance_types, count }]) => ({
    key,
    role,
    market,
    zone,
    types: [...instance_types],
    count,
  }));

/** Says of AWS's refusals what mends them, as where we call AWS ourselves. */
async function applied<T>({ region }: LaunchRequest["plan"], work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const [first] = error instanceof TerraformFailure ? error.errors : [];
    if (first?.code === undefined || first.action === undefined) throw error;
    const { code, message, action } = first;
    throw awsFailure({ code, message }, { action, region }, error);
  });
}

/** Applies Terraform until both fleets are complete; falls back as the plan's policy says, and says each try. */
export async function launch(
  { plan, workers: wanted, title, variables, refresh }: LaunchRequest,
  terraform: Pick<Terraform, "apply">,
  ec2: Pick<Ec2, "fleetErrors">,
  { report, signal }: Pick<Context, "report" | "signal">,
): Promise<Launched> {
  const tried: TriedAttempt[] = [];
  for (let attempt: LaunchAttempt = plan.attempts[0]; ; ) {
    const current = attempt;
    const asked = variables(current);
    const outputs = await report.step("infrastructure", title(current), (step) =>
      applied(
        plan,
        terraform.apply(
          asked,
          (event) => step.progress(`${event.resource}: ${event.action} ${event.phase}`),
          { refresh },
        ),
      ),
    );
    const outcome = async (key: string, count: number): Promise<FleetOutcome> => {
      const fleet = outputs.fleets[key];
      const launched = fleet?.instanceIds.length ?? 0;
      const errors = fleet && launched < count ? await ec2.fleetErrors(fleet.id) : [];
      return { wanted: count, launched, errors };
    };
    const [master, workers] = await Promise.all([
      outcome(current.masterFleet, 1),
      outcome(current.workersFleet, wanted),
    ]);
    if (master.launched >= master.wanted && workers.launched >= workers.wanted) {
      const instances = [current.masterFleet, current.workersFleet].flatMap(
        (key) => outputs.fleets[key]?.instanceIds ?? [],
      );
      return {
        securityGroup: outputs.securityGroupId ?? undefined,
        instances,
        fleets: recordedFleets(asked),
      };
    }
    tried.push({ attempt: current, master, workers });
    const next = nextAttempt(plan, tried);
    report.note(next.says, "warning");
    await delay(next.waitSeconds * 1000, undefined, { signal }).catch(() => {});
    attempt = next.attempt;
  }
}
