import { ExitCode, UserError } from "../../errors.js";
import type { Market } from "../../plan/aws/attempts.js";
import { QUOTA_CODES } from "../../plan/aws/fleet-errors.js";
import { type AwsScope, clientConfig, Service } from "./client.js";
import { ec2Service } from "./ec2.js";

/** The families of standard machines, counted in virtual CPUs. */
const STANDARD = /^(a|c|d|h|i|m|r|t|z|im|is|hpc)\d/;

export interface Demand {
  readonly type: string;
  /** Virtual CPUs of one. */
  readonly cores: number;
  readonly count: number;
  /** On demand where it is left out. */
  readonly market?: Market;
}

export interface QuotaAnswer {
  readonly market: Market;
  /** Virtual CPUs that the account may run in the region; undefined when it may not be asked. */
  readonly limit: number | undefined;
  readonly running: number;
  readonly wanted: number;
}

const isStandard = (type: string) => STANDARD.test(type);

async function standardLimit(scope: AwsScope, market: Market): Promise<number | undefined> {
  const quotas = new Service(scope, "servicequotas", async () => {
    const sdk = await import("@aws-sdk/client-service-quotas");
    return { sdk, client: new sdk.ServiceQuotasClient(await clientConfig(scope)) };
  });
  const { Quota } = await quotas.call("GetServiceQuota", ({ client, sdk, options }) =>
    client.send(
      new sdk.GetServiceQuotaCommand({ ServiceCode: "ec2", QuotaCode: QUOTA_CODES[market] }),
      options,
    ),
  );
  return Quota?.Value;
}

async function runningStandard(scope: AwsScope): Promise<Record<Market, number>> {
  const sums = { "on-demand": 0, spot: 0 };
  await ec2Service(scope).call("DescribeInstances", async ({ client, sdk, options }) => {
    const Filters = [{ Name: "instance-state-name", Values: ["pending", "running"] }];
    // Capacity blocks ("scheduled") have no such quota.
    for await (const { Reservations = [] } of sdk.paginateDescribeInstances({ client }, { Filters }, options))
      for (const { InstanceType: type = "", InstanceLifecycle, CpuOptions } of Reservations.flatMap(
        ({ Instances = [] }) => Instances,
      ))
        if ((InstanceLifecycle ?? "spot") === "spot" && isStandard(type))
          sums[InstanceLifecycle === "spot" ? "spot" : "on-demand"] +=
            (CpuOptions?.CoreCount ?? 1) * (CpuOptions?.ThreadsPerCore ?? 1);
  });
  return sums;
}

/**
 * Looks whether the account's quotas of virtual CPUs, of which on-demand and spot machines have one each, hold what is wanted
 * beside what runs, before anything is made. Types of other families (GPU, high memory) have quotas of their own, which are
 * not looked at. Answers for each market that is asked for.
 * @throws UserError (exit code 4) when one does not; being forbidden to ask is only a note, for people.
 */
export async function checkQuota(
  scope: AwsScope,
  demands: readonly Demand[],
): Promise<{ readonly answers: readonly QuotaAnswer[]; readonly note?: string }> {
  const standard = demands
    .filter(({ type }) => isStandard(type))
    .map((demand) => ({ market: "on-demand" as const, ...demand }));
  const markets = [...new Set(standard.map(({ market }) => market))];
  let note: string | undefined;
  const unasked = (error: Error) => {
    if (!(error instanceof UserError)) throw error;
    note = `The quota of virtual CPUs was not checked: ${error.message}`;
    return undefined;
  };
  const [running, ...limits] = await Promise.all([
    runningStandard(scope).catch((error: Error) => unasked(error) ?? { "on-demand": 0, spot: 0 }),
    ...markets.map((market) => standardLimit(scope, market).catch(unasked)),
  ]);
  const answers = markets.map((market, index): QuotaAnswer => {
    const wanted = standard
      .filter((demand) => demand.market === market)
      .reduce((sum, { cores, count }) => sum + cores * count, 0);
    const answer = { market, limit: limits[index], running: running[market], wanted };
    if (answer.limit !== undefined && answer.running + wanted > answer.limit) throw tooFew(scope, answer);
    return answer;
  });
  return { answers, ...(note !== undefined && { note }) };
}

function tooFew({ region, profile }: AwsScope, { market, limit, running, wanted }: QuotaAnswer): UserError {
  const instead = market === "spot" ? ", aws: {market: on-demand}" : "";
  return new UserError({
    exitCode: ExitCode.cloudRefused,
    message: `The cluster needs ${wanted} virtual CPUs; the account may run ${limit} ${market} ones in ${region} and runs ${running}.`,
    hint: `Ask for more: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code ${QUOTA_CODES[market]} --desired-value ${running + wanted} --region ${region}${profile === undefined ? "" : ` --profile ${profile}`}; or use fewer or smaller workers${instead}, or another region.`,
  });
}
