// Writes assets/prices.json, the list prices that the CLI falls back to where AWS's Price List API can't be asked:
//   node scripts/prices.mjs KARPENTER_GO EBS_JSON LAST_UPDATED
// KARPENTER_GO: pkg/providers/pricing/zz_generated.pricing_aws.go of github.com/aws/karpenter-provider-aws (Apache-2.0);
//   EC2 on demand, Linux, of us-east-1, generated from the Price List API.
// EBS_JSON, LAST_UPDATED: docs/ebs_pricing.json and docs/last_updated of github.com/cloudkeep-io/ebs-pricing (MIT);
//   gp3 of every region, generated from the Price List API.
import { readFileSync, writeFileSync } from "node:fs";

const [karpenter, ebs, updated] = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));

const [, generated, region] = /generated at (\S+) for (\S+)/.exec(karpenter);
const instances = Object.fromEntries(
  [...karpenter.matchAll(/"([a-z][a-z0-9-]*\.[a-z0-9-]+)": ([\d.]+)/g)]
    .map(([, type, price]) => [type, Number(price)])
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })),
);

const usd = (price) => Number(price.USD);
const volumes = Object.fromEntries(
  JSON.parse(ebs)
    .filter(({ rzType, partition, ebs_prices: { gp3 } }) => rzType === "region" && partition === "aws" && gp3)
    .map(({ rzCode, ebs_prices: { gp3 } }) => [
      rzCode,
      {
        gibMonth: usd(gp3.pricePerGBMonth),
        iopsMonth: usd(gp3.pricePerIOPSMonth),
        // The list says GiB/s, the bill MiB/s.
        mibpsMonth: usd(gp3.pricePerGiBpsMonth) / 1024,
      },
    ])
    .sort(([a], [b]) => a.localeCompare(b)),
);

const prices = {
  about: "List prices in US dollars without taxes; made by scripts/prices.mjs.",
  instances: {
    asOf: generated.slice(0, 10),
    source: "github.com/aws/karpenter-provider-aws, from the AWS Price List API",
    hour: { [region]: instances },
  },
  volumes: {
    asOf: updated.trim().slice(0, 10),
    source: "github.com/cloudkeep-io/ebs-pricing, from the AWS Price List API",
    month: volumes,
  },
  addresses: {
    asOf: "2024-02-01",
    source: "aws.amazon.com/blogs/aws/new-aws-public-ipv4-address-charge-public-ip-insights: the same in every region",
    hour: 0.005,
  },
};
writeFileSync("assets/prices.json", `${JSON.stringify(prices, null, 1)}\n`);
