import { ExitCode, UserError } from "../../errors.js";
import { type AwsScope, clientConfig, Service } from "./client.js";
import { ec2Service } from "./ec2.js";

/** "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", counted in virtual CPUs. */
const STANDARD = { code: "L-1216C47A", families: /^(a|c|d|h|i|m|r|t|z|im|is|hpc)\d/ };

export interface Demand {
  readonly type: string;
  /** Virtual CPUs of one. */
  readonly cores: number;
  readonly count: number;
}

export interface QuotaAnswer {
  /** Virtual CPUs that the account may run in the region; undefined when it may not be asked. */
  readonly limit: number | undefined;
  readonly running: number;
  readonly wanted: number;
  /** What could not be asked, for people. */
  readonly note?: string;
}

const isStandard = (type: string) => STANDARD.families.test(type);

async function standardLimit(scope: AwsScope): Promise<number | undefined> {
  const quotas = new Service(scope, "servicequotas", async () => {
    const sdk = await import("@aws-sdk/client-service-quotas");
    return { sdk, client: new sdk.ServiceQuotasClient(await clientConfig(scope)) };
  });
  const { Quota } = await quotas.call("GetServiceQuota", ({ client, sdk, options }) =>
    client.send(new sdk.GetServiceQuotaCommand({ ServiceCode: "ec2", QuotaCode: STANDARD.code }), options),
  );
  return Quota?.Value;
}

async function runningStandard(scope: AwsScope): Promise<number> {
  let sum = 0;
  await ec2Service(scope).call("DescribeInstances", async ({ client, sdk, options }) => {
    const Filters = [{ Name: "instance-state-name", Values: ["pending", "running"] }];
    for await (const { Reservations = [] } of sdk.paginateDescribeInstances({ client }, { Filters }, options))
      for (const { InstanceType: type = "", InstanceLifecycle, CpuOptions } of Reservations.flatMap(
        ({ Instances = [] }) => Instances,
      ))
        if (InstanceLifecycle === undefined && isStandard(type))
          sum += (CpuOptions?.CoreCount ?? 1) * (CpuOptions?.ThreadsPerCore ?? 1);
  });
  return sum;
}

/**
 * Looks whether the account's quota of on-demand virtual CPUs holds what is wanted beside what runs, before anything is made.
 * Types of other families (GPU, high memory) have quotas of their own, which are not looked at.
 * @throws UserError (exit code 4) when it does not; being forbidden to ask is only a note.
 */
export async function checkQuota(scope: AwsScope, demands: readonly Demand[]): Promise<QuotaAnswer> {
  const wanted = demands
    .filter(({ type }) => isStandard(type))
    .reduce((sum, { cores, count }) => sum + cores * count, 0);
  let note: string | undefined;
  const unasked = (error: Error) => {
    if (!(error instanceof UserError)) throw error;
    note = `The quota of virtual CPUs was not checked: ${error.message}`;
    return undefined;
  };
  const [limit, running] = await Promise.all([
    standardLimit(scope).catch(unasked),
    runningStandard(scope).catch((error: Error) => unasked(error) ?? 0),
  ]);
  if (limit === undefined || running + wanted <= limit)
    return { limit, running, wanted, ...(note !== undefined && { note }) };
  const { region, profile } = scope;
  throw new UserError({
    exitCode: ExitCode.cloudRefused,
    message: `The cluster needs ${wanted} virtual CPUs; the account may run ${limit} on-demand ones in ${region} and runs ${running}.`,
    hint: `Ask for more: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code ${STANDARD.code} --desired-value ${running + wanted} --region ${region}${profile === undefined ? "" : ` --profile ${profile}`}; or use fewer or smaller workers, or another region.`,
  });
}
