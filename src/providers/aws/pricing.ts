import { currentPrices } from "../../adapters/aws/spot-prices.js";
import { type Price, type PricedCluster, priceOf } from "../../plan/aws/price.js";
import type { CloudFacts } from "../provider.js";
import type { AwsProviderOptions } from "./options.js";

export interface PricedMachines {
  readonly price: Price;
  /** As the record keeps it. */
  readonly recorded: NonNullable<CloudFacts["price"]>;
}

/** What is paid for, of nodes that there are. */
export const machinesOf = (nodes: readonly CloudFacts["nodes"][number][]) => ({
  types: nodes.map(({ type }) => type),
  markets: nodes.map(({ market = "on-demand" as const }) => market),
});

/** What an hour of these machines costs by what is known now. */
export async function priceMachines(
  machines: PricedCluster,
  zone: string,
  { cacheDirectory, scope }: AwsProviderOptions,
): Promise<PricedMachines> {
  const { types, markets = [] } = machines;
  const list = await currentPrices(scope, { types, markets, zone, cacheDirectory, now: Date.now() });
  const price = priceOf(machines, list);
  return {
    price,
    recorded: {
      perHour: price.total,
      source: list.source,
      unknown: [...price.unknown],
      ...(list.spot && { spot: { onDemandPerHour: price.onDemandTotal, says: list.spot.says } }),
    },
  };
}
