import type { Market } from "./attempts.js";
import type { AwsClusterPlan } from "./aws-plan.js";

/** Rates of gp3 in US dollars for a month. */
export interface VolumeRates {
  readonly gibMonth: number;
  /** For each I/O operation per second above those that are in the price. */
  readonly iopsMonth: number;
  /** For each MiB/s above those that are in the price. */
  readonly mibpsMonth: number;
}

/** List prices of one region in US dollars, without taxes and discounts. */
export interface PriceList {
  /** Where they come from, with their dates, for people. */
  readonly source: string;
  /** The date of the instances' prices: ISO 8601. */
  readonly asOf: string;
  /** For an hour on demand, by instance type; those that are not known are absent. */
  readonly instanceHours: Readonly<Record<string, number>>;
  readonly volume: VolumeRates | undefined;
  /** For an hour of a public IPv4 address. */
  readonly addressHour: number | undefined;
  /** Where there are spot machines. */
  readonly spot?: SpotPrices | undefined;
}

/** What spot machines cost now in one zone. */
export interface SpotPrices {
  /** US dollars an hour by type; those that are not known are absent. */
  readonly instanceHours: Readonly<Record<string, number>>;
  /** Of when and where they are, or why they can't be had, for people. */
  readonly says: string;
}

export interface PricedVolume {
  readonly sizeGib: number;
  readonly throughputMibps: number;
  readonly iops: number;
}

/** What costs money of a cluster. */
export interface PricedCluster {
  /** One entry for each machine. */
  readonly types: readonly string[];
  /** In the same order; all on demand where it is left out. */
  readonly markets?: readonly Market[];
  /** The disk that each machine has. */
  readonly volume: PricedVolume;
  /** Whether each machine has a public address. */
  readonly publicAddresses: boolean;
}

/** US dollars; a kind whose price is not known counts as 0 and is named in `unknown`. */
export interface Price {
  readonly instances: number;
  readonly disks: number;
  readonly addresses: number;
  readonly total: number;
  /** The total if all machines were on demand. */
  readonly onDemandTotal: number;
  /** What the total lacks: instance types, "disks" or "addresses". */
  readonly unknown: readonly string[];
}

/** As AWS's own calculators count. */
const HOURS_PER_MONTH = 730;
/** In the price of every gp3 disk. */
const FREE_IOPS = 3000;
const FREE_MIBPS = 125;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function diskHour({ sizeGib, iops, throughputMibps }: PricedVolume, rates: VolumeRates): number {
  const month =
    sizeGib * rates.gibMonth +
    Math.max(0, iops - FREE_IOPS) * rates.iopsMonth +
    Math.max(0, throughputMibps - FREE_MIBPS) * rates.mibpsMonth;
  return month / HOURS_PER_MONTH;
}

/** What an hour of the cluster costs; spot machines without a known price count as on-demand ones, than which they never cost more. */
export function priceOf({ types, markets, volume, publicAddresses }: PricedCluster, list: PriceList): Price {
  const onDemand = types.map((type) => list.instanceHours[type]);
  const known = types.map(
    (type, index) =>
      (markets?.[index] === "spot" ? list.spot?.instanceHours[type] : undefined) ?? onDemand[index],
  );
  const instances = sum(known.map((hour) => hour ?? 0));
  const disks = list.volume ? diskHour(volume, list.volume) * types.length : 0;
  const addresses = publicAddresses ? (list.addressHour ?? 0) * types.length : 0;
  const unknown = [
    ...new Set(types.filter((_, index) => known[index] === undefined)),
    ...(list.volume ? [] : ["disks"]),
    ...(publicAddresses && list.addressHour === undefined ? ["addresses"] : []),
  ];
  return {
    instances,
    disks,
    addresses,
    total: instances + disks + addresses,
    onDemandTotal: sum(onDemand.map((hour) => hour ?? 0)) + disks + addresses,
    unknown,
  };
}

/** What a plan would cost if its preferred types are launched. */
export function pricedCluster({
  attempts: [best],
  workers,
  volume,
  network,
  market,
}: AwsClusterPlan): PricedCluster {
  const [master = "", worker = ""] = [best.masterTypes[0], best.workerTypes[0]];
  return {
    types: [master, ...Array<string>(workers).fill(worker)],
    markets: ["on-demand", ...Array<Market>(workers).fill(market)],
    volume,
    publicAddresses: !network.private,
  };
}

/** US dollars for people: "$1.37"; less than ten cents with a third digit. */
export const formatUsd = (amount: number): string => `$${amount.toFixed(amount < 0.1 ? 3 : 2)}`;
