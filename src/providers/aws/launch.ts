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
import type { BootLocation } from "../../plan/aws/boot.js";
import { terraformVariables } from "../../plan/aws/terraform-variables.js";

export interface LaunchRequest {
  readonly plan: AwsClusterPlan;
  readonly publicKey: string;
  /** Base64 of the rendered user data. */
  readonly userData: string;
  readonly boot?: BootLocation | undefined;
}

export interface Launched {
  readonly securityGroup: string | undefined;
  readonly instances: readonly string[];
}

/** Says of AWS's refusals what mends them, as where we call AWS ourselves. */
async function applied<T>({ region }: AwsClusterPlan, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const [first] = error instanceof TerraformFailure ? error.errors : [];
    if (first?.code === undefined || first.action === undefined) throw error;
    const { code, message, action } = first;
    throw awsFailure({ code, message }, { action, region }, error);
  });
}

/** Applies Terraform until both fleets are complete; falls back as the plan's policy says, and says each try. */
export async function launch(
  { plan, publicKey, userData, boot }: LaunchRequest,
  terraform: Terraform,
  ec2: Ec2,
  { report, signal }: Context,
): Promise<Launched> {
  const tried: TriedAttempt[] = [];
  for (let attempt: LaunchAttempt = plan.attempts[0]; ; ) {
    const current = attempt;
    const title = `Terraform: network and ${1 + plan.workers} instances in ${current.zone}`;
    const outputs = await report.step("infrastructure", title, (step) =>
      applied(
        plan,
        terraform.apply(terraformVariables(plan, { attempt: current, publicKey, userData, boot }), (event) =>
          step.progress(`${event.resource}: ${event.action} ${event.phase}`),
        ),
      ),
    );
    const outcome = async (key: string, wanted: number): Promise<FleetOutcome> => {
      const fleet = outputs.fleets[key];
      const launched = fleet?.instanceIds.length ?? 0;
      const errors = fleet && launched < wanted ? await ec2.fleetErrors(fleet.id) : [];
      return { wanted, launched, errors };
    };
    const [master, workers] = await Promise.all([
      outcome(current.masterFleet, 1),
      outcome(current.workersFleet, plan.workers),
    ]);
    if (master.launched >= master.wanted && workers.launched >= workers.wanted) {
      const instances = [current.masterFleet, current.workersFleet].flatMap(
        (key) => outputs.fleets[key]?.instanceIds ?? [],
      );
      return { securityGroup: outputs.securityGroupId ?? undefined, instances };
    }
    tried.push({ attempt: current, master, workers });
    const next = nextAttempt(plan, tried);
    report.note(next.says, "warning");
    await delay(next.waitSeconds * 1000, undefined, { signal }).catch(() => {});
    attempt = next.attempt;
  }
}
