import type { VolumeRates } from "../../plan/aws/price.js";

/** What counts of one product of AWS's price list. */
export interface Product {
  /** Such as "EUC1-BoxUsage:m7i.large"; us-east-1 has no prefix. */
  readonly usage: string;
  /** Such as "Hrs" or "GB-Mo". */
  readonly unit: string;
  readonly usd: number;
}

interface RawProduct {
  readonly product?: { readonly attributes?: { readonly usagetype?: string } };
  readonly terms?: {
    readonly OnDemand?: Readonly<
      Record<
        string,
        {
          readonly priceDimensions?: Readonly<
            Record<string, { readonly unit?: string; readonly pricePerUnit?: { readonly USD?: string } }>
          >;
        }
      >
    >;
  };
}

/** Reads one entry of the price list: JSON in a string, with one on-demand term and its dimensions. */
export function readProduct(json: string): Product {
  const { product, terms } = JSON.parse(json) as RawProduct;
  const dimensions = Object.values(terms?.OnDemand ?? {}).flatMap(({ priceDimensions = {} }) =>
    Object.values(priceDimensions),
  );
  // The free tier is a dimension of its own, without a price.
  const paid = dimensions.find(({ pricePerUnit }) => Number(pricePerUnit?.USD) > 0);
  return {
    usage: product?.attributes?.usagetype ?? "",
    unit: paid?.unit ?? "",
    usd: Number(paid?.pricePerUnit?.USD ?? Number.NaN),
  };
}

const priced = (products: readonly Product[], usage: RegExp): Product | undefined =>
  products.find((product) => usage.test(product.usage) && !Number.isNaN(product.usd));

/** The price of an hour of what is used this way. */
export const hourOf = (products: readonly Product[], usage: RegExp): number | undefined =>
  priced(products, usage)?.usd;

/** The rates of gp3; undefined when one of them is missing. */
export function volumeRates(products: readonly Product[]): VolumeRates | undefined {
  const size = priced(products, /EBS:VolumeUsage\.gp3$/);
  const iops = priced(products, /EBS:VolumeP-IOPS\.gp3$/);
  const throughput = priced(products, /EBS:VolumeP-Throughput\.gp3$/);
  if (!size || !iops || !throughput) return undefined;
  // The list counts GiB/s, we count MiB/s.
  const perMib = /^GiBps/i.test(throughput.unit) ? 1024 : 1;
  return { gibMonth: size.usd, iopsMonth: iops.usd, mibpsMonth: throughput.usd / perMib };
}
