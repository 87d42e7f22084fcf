import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { assetPath } from "../../assets.js";
import { partitionOf } from "../../plan/aws/partition.js";
import type { PriceList, VolumeRates } from "../../plan/aws/price.js";
import { type AwsScope, clientConfig, inRegion, Service } from "./client.js";
import type { Product } from "./price-products.js";
import { hourOf, readProduct, volumeRates } from "./price-products.js";

/** Nobody waits longer for a price; what ships with the package is better than nothing. */
const DEADLINE_MS = 2_000;
/** List prices change a few times in a year. */
const FRESH_MS = 7 * 24 * 3_600_000;
/** The Price List API is not in every region, and here it has the prices of all of the partition "aws". */
const API_REGION = "us-east-1";

/** Prices of one region as the cache keeps them. */
interface CachedPrices {
  /** ISO 8601, of the answer. */
  readonly asOf: string;
  readonly instanceHours: Readonly<Record<string, number>>;
  readonly volume?: VolumeRates | undefined;
  readonly addressHour?: number | undefined;
}

interface ShippedPrices {
  readonly instances: {
    readonly asOf: string;
    readonly hour: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  readonly volumes: { readonly asOf: string; readonly month: Readonly<Record<string, VolumeRates>> };
  readonly addresses: { readonly asOf: string; readonly hour: number };
}

export interface PriceRequest {
  readonly types: readonly string[];
  /** The user's cache folder; prices are kept there for a week. */
  readonly cacheDirectory: string;
  /** Unix milliseconds. */
  readonly now: number;
}

const day = (iso: string) => iso.slice(0, 10);

async function shippedPrices(region: string): Promise<PriceList> {
  const shipped = JSON.parse(await readFile(assetPath("prices.json"), "utf8")) as ShippedPrices;
  const { instances, volumes, addresses } = shipped;
  return {
    source: `shipped with pyspark-deploy: machines of ${instances.asOf}, disks of ${volumes.asOf}, addresses of ${addresses.asOf}`,
    asOf: instances.asOf,
    instanceHours: instances.hour[region] ?? {},
    volume: volumes.month[region],
    // China has prices of its own, in a currency of its own.
    addressHour: partitionOf(region) === "aws-cn" ? undefined : addresses.hour,
  };
}

async function askAws(scope: AwsScope, types: readonly string[], now: number): Promise<CachedPrices> {
  const api = inRegion(
    {
      ...scope,
      signal: AbortSignal.any([AbortSignal.timeout(DEADLINE_MS), ...(scope.signal ? [scope.signal] : [])]),
    },
    API_REGION,
  );
  const pricing = new Service(api, "pricing", async () => {
    const sdk = await import("@aws-sdk/client-pricing");
    return { sdk, client: new sdk.PricingClient(await clientConfig(api)) };
  });
  const products = (ServiceCode: string, fields: Readonly<Record<string, string>>): Promise<Product[]> =>
    pricing.call("GetProducts", async ({ client, sdk, options }) => {
      const Filters = Object.entries({ regionCode: scope.region, ...fields }).map(([Field, Value]) => ({
        Type: "TERM_MATCH" as const,
        Field,
        Value,
      }));
      const { PriceList = [] } = await client.send(
        new sdk.GetProductsCommand({ ServiceCode, Filters }),
        options,
      );
      return PriceList.map((text: unknown) => readProduct(String(text)));
    });
  const machine = {
    operatingSystem: "Linux",
    tenancy: "Shared",
    preInstalledSw: "NA",
    capacitystatus: "Used",
  };
  const [volumes, addresses, ...machines] = await Promise.all([
    products("AmazonEC2", { volumeApiName: "gp3", locationType: "AWS Region" }),
    products("AmazonVPC", { group: "VPCPublicIPv4Address" }),
    ...types.map((instanceType) => products("AmazonEC2", { ...machine, instanceType })),
  ]);
  const hours = types.flatMap((type, index) => {
    const hour = hourOf(machines[index] ?? [], /BoxUsage/);
    return hour === undefined ? [] : [[type, hour] as const];
  });
  return {
    asOf: new Date(now).toISOString(),
    instanceHours: Object.fromEntries(hours),
    volume: volumeRates(volumes),
    addressHour: hourOf(addresses, /PublicIPv4:InUseAddress$/),
  };
}

async function readCache(file: string): Promise<CachedPrices | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as CachedPrices;
  } catch {
    return undefined;
  }
}

const listOf = (prices: CachedPrices): PriceList => ({
  source: `AWS Price List API, ${day(prices.asOf)}`,
  asOf: day(prices.asOf),
  instanceHours: prices.instanceHours,
  volume: prices.volume,
  addressHour: prices.addressHour,
});

/**
 * List prices of a region: AWS's own, at most a week old, else those that ship with the package. Never fails: without
 * network, credentials or permission a price is older, or not known.
 */
export async function priceList(scope: AwsScope, request: PriceRequest): Promise<PriceList> {
  const { types, cacheDirectory, now } = request;
  const file = join(cacheDirectory, `prices-${scope.region}.json`);
  const cached = await readCache(file);
  const fresh = cached && now - Date.parse(cached.asOf) < FRESH_MS ? cached : undefined;
  const missing = types.filter((type) => fresh?.instanceHours[type] === undefined);
  if (fresh && missing.length === 0) return listOf(fresh);
  // Other partitions' credentials mean nothing to that API.
  if (partitionOf(scope.region) !== "aws") return shippedPrices(scope.region);
  try {
    const asked = await askAws(scope, types, now);
    if (Object.keys(asked.instanceHours).length === 0) throw new Error("the list has none of the types");
    const merged = { ...asked, instanceHours: { ...fresh?.instanceHours, ...asked.instanceHours } };
    await mkdir(cacheDirectory, { recursive: true });
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await writeFileAtomic(file, `${JSON.stringify(merged)}\n`);
    return listOf(merged);
  } catch {
    const knowsAll = cached && types.every((type) => cached.instanceHours[type] !== undefined);
    return knowsAll ? listOf(cached) : shippedPrices(scope.region);
  }
}
