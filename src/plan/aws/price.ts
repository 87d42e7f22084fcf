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

/** The price of machines that live for these hours each, in the order of the cluster's types. */
function priceOfHours(cluster: PricedCluster, hours: readonly number[], list: PriceList): Price {
  const { types, volume, publicAddresses } = cluster;
  const all = sum(hours);
  const instances = sum(types.map((type, index) => (list.instanceHours[type] ?? 0) * (hours[index] ?? 0)));
  const disks = list.volume ? diskHour(volume, list.volume) * all : 0;
  const addresses = publicAddresses ? (list.addressHour ?? 0) * all : 0;
  const unknown = [
    ...new Set(types.filter((type) => list.instanceHours[type] === undefined)),
    ...(list.volume ? [] : ["disks"]),
    ...(publicAddresses && list.addressHour === undefined ? ["addresses"] : []),
  ];
  return { instances, disks, addresses, total: instances + disks + addresses, unknown };
}

/** What an hour of the cluster costs. */
export function priceOf(cluster: PricedCluster, list: PriceList): Price {
  return priceOfHours(
    cluster,
    cluster.types.map(() => 1),
    list,
  );
}

/** What a plan would cost if its preferred types are launched. */
export function pricedCluster({ attempts: [best], workers, volume, network }: AwsClusterPlan): PricedCluster {
  const [master = "", worker = ""] = [best.masterTypes[0], best.workerTypes[0]];
  return {
    types: [master, ...Array<string>(workers).fill(worker)],
    volume,
    publicAddresses: !network.private,
  };
}

/** US dollars for people: "$1.37"; less than ten cents with a third digit. */
export const formatUsd = (amount: number): string => `$${amount.toFixed(amount < 0.1 ? 3 : 2)}`;
