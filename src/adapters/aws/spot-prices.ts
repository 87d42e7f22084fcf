import type { PricedCluster, PriceList, SpotPrices } from "../../plan/aws/price.js";
import type { AwsScope } from "./client.js";
import { ec2Service } from "./ec2.js";
import { type PriceRequest, priceList } from "./prices.js";

/** Nobody waits longer for a price. */
const DEADLINE_MS = 2_000;

export interface SpotPriceRequest {
  readonly types: readonly string[];
  readonly zone: string;
  /** Unix milliseconds. */
  readonly now: number;
}

const minute = (now: number) => new Date(now).toISOString().slice(0, 16).replace("T", " ");

/** What spot machines cost in a zone now. Never fails: where AWS does not tell, its answer says so. */
export async function spotPrices(
  scope: AwsScope,
  { types, zone, now }: SpotPriceRequest,
): Promise<SpotPrices> {
  const signal = AbortSignal.any([AbortSignal.timeout(DEADLINE_MS), ...(scope.signal ? [scope.signal] : [])]);
  const latest = new Map<string, { readonly at: number; readonly price: number }>();
  try {
    await ec2Service({ ...scope, signal }).call(
      "DescribeSpotPriceHistory",
      async ({ client, sdk, options }) => {
        const pages = sdk.paginateDescribeSpotPriceHistory(
          { client },
          {
            // From now on: of each type the price that holds.
            StartTime: new Date(now),
            InstanceTypes: [...new Set(types)] as never[],
            ProductDescriptions: ["Linux/UNIX"],
            Filters: [{ Name: "availability-zone", Values: [zone] }],
          },
          options,
        );
        for await (const { SpotPriceHistory = [] } of pages)
          for (const { InstanceType = "", SpotPrice, Timestamp } of SpotPriceHistory) {
            const at = Timestamp?.getTime() ?? 0;
            if (at >= (latest.get(InstanceType)?.at ?? 0))
              latest.set(InstanceType, { at, price: Number(SpotPrice) });
          }
      },
    );
  } catch (error) {
    return { instanceHours: {}, says: `the spot price can't be had: ${(error as Error).message}` };
  }
  const prices = [...latest].map(([type, { price }]) => [type, price] as const);
  const missing = types.filter((type) => !latest.has(type));
  return {
    instanceHours: Object.fromEntries(prices),
    says:
      missing.length > 0
        ? `AWS has no spot price of ${[...new Set(missing)].join(", ")} in ${zone}`
        : `spot price of ${minute(now)} UTC in ${zone}`,
  };
}

export type CurrentPriceRequest = PriceRequest &
  Pick<PricedCluster, "types" | "markets"> & {
    /** Of the spot machines. */
    readonly zone: string;
  };

/** List prices, and where there are spot machines also what these cost in their zone now. */
export async function currentPrices(
  scope: AwsScope,
  { types, markets, zone, ...request }: CurrentPriceRequest,
): Promise<PriceList> {
  const onSpot = types.filter((_, index) => markets?.[index] === "spot");
  const [list, spot] = await Promise.all([
    priceList(scope, { types: [...new Set(types)], ...request }),
    onSpot.length > 0 ? spotPrices(scope, { types: onSpot, zone, now: request.now }) : undefined,
  ]);
  return { ...list, spot };
}
