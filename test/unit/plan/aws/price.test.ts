import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  formatUsd,
  type PricedCluster,
  type PriceList,
  pricedCluster,
  priceOf,
} from "../../../../src/plan/aws/price.js";
import { awsPlan } from "../../../support/aws-plan.js";

const LIST: PriceList = {
  source: "a test",
  asOf: "2026-01-01",
  instanceHours: { "m7i.xlarge": 0.2, "m7i.2xlarge": 0.4 },
  volume: { gibMonth: 0.073, iopsMonth: 0.00073, mibpsMonth: 0.0073 },
  addressHour: 0.005,
};

const CLUSTER: PricedCluster = {
  types: ["m7i.xlarge", "m7i.2xlarge", "m7i.2xlarge"],
  volume: { sizeGib: 100, iops: 3000, throughputMibps: 125 },
  publicAddresses: true,
};

describe("an hour of a cluster", () => {
  it("is its machines, their disks and their public addresses", () => {
    const price = priceOf(CLUSTER, LIST);
    expect(price.instances).toBeCloseTo(1);
    expect(price.disks).toBeCloseTo(3 * 0.01);
    expect(price.addresses).toBeCloseTo(0.015);
    expect(price.total).toBeCloseTo(1.045);
    expect(price.unknown).toEqual([]);
  });

  it("has what a disk does above the 3000 IOPS and 125 MiB/s that are in its price", () => {
    const volume = { sizeGib: 100, iops: 4000, throughputMibps: 225 };
    expect(priceOf({ ...CLUSTER, volume }, LIST).disks).toBeCloseTo(3 * (0.01 + 0.001 + 0.001));
  });

  it("has no addresses where there are none", () => {
    expect(priceOf({ ...CLUSTER, publicAddresses: false }, LIST).addresses).toBe(0);
  });

  it("names what is not known instead of guessing it", () => {
    const list = { ...LIST, instanceHours: { "m7i.xlarge": 0.2 }, volume: undefined, addressHour: undefined };
    expect(priceOf(CLUSTER, list)).toEqual({
      instances: 0.2,
      disks: 0,
      addresses: 0,
      total: 0.2,
      onDemandTotal: 0.2,
      unknown: ["m7i.2xlarge", "disks", "addresses"],
    });
  });
});

describe("an hour of a cluster with spot workers", () => {
  const cluster: PricedCluster = { ...CLUSTER, markets: ["on-demand", "spot", "spot"] };

  it("counts them with the spot price, beside what they would cost on demand", () => {
    const spot = { says: "now", instanceHours: { "m7i.2xlarge": 0.15, "m7i.xlarge": 0.07 } };
    const price = priceOf(cluster, { ...LIST, spot });
    expect(price.instances).toBeCloseTo(0.2 + 2 * 0.15);
    expect(price.onDemandTotal - price.total).toBeCloseTo(2 * 0.25);
  });

  it("counts them as on-demand ones where the spot price can't be had", () => {
    const price = priceOf(cluster, { ...LIST, spot: { says: "refused", instanceHours: {} } });
    expect(price.total).toBeCloseTo(1.045);
    expect(price.total).toBe(price.onDemandTotal);
    expect(price.unknown).toEqual([]);
  });
});

describe("a plan", () => {
  it("is priced by its preferred types", () => {
    expect(pricedCluster(awsPlan({ config: { workers: 2 } }))).toMatchObject({
      types: CLUSTER.types,
      publicAddresses: true,
      volume: { sizeGib: 100, throughputMibps: 250, iops: 3000 },
    });
  });

  it("has its workers on spot where that is asked for, and never its master", () => {
    const plan = awsPlan({ config: { workers: 2, aws: { market: "spot" } } });
    expect(pricedCluster(plan).markets).toEqual(["on-demand", "spot", "spot"]);
  });
});

it.each([
  [0.0049, "$0.005"],
  [0.1, "$0.10"],
  [12.345, "$12.35"],
])("%d dollars read %s", (amount, text) => {
  expect(formatUsd(amount)).toBe(text);
});

describe("the prices that ship with the package", () => {
  const shipped = JSON.parse(readFileSync("assets/prices.json", "utf8"));

  it("say their dates and sources", () => {
    for (const part of [shipped.instances, shipped.volumes, shipped.addresses]) {
      expect(part.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(part.source).toMatch(/\w/);
    }
  });

  it("have the default types", () => {
    const types = ["amd64", "arm64"].flatMap((architecture) => {
      const [best] = awsPlan({ architecture: architecture as "amd64" }).attempts;
      return [...best.masterTypes, ...best.workerTypes];
    });
    for (const type of types) expect(shipped.instances.hour["us-east-1"][type], type).toBeGreaterThan(0.05);
  });

  it("have disks of the main regions, within a factor of two of each other", () => {
    const regions = [
      "us-east-1",
      "us-east-2",
      "us-west-2",
      "eu-west-1",
      "eu-central-1",
      "ap-northeast-1",
      "sa-east-1",
    ];
    for (const region of regions) {
      const { gibMonth, iopsMonth, mibpsMonth } = shipped.volumes.month[region];
      expect(gibMonth, region).toBeGreaterThanOrEqual(0.08);
      expect(gibMonth, region).toBeLessThan(0.16);
      expect([iopsMonth / gibMonth, mibpsMonth / gibMonth].map((ratio) => ratio.toFixed(2))).toEqual([
        "0.06",
        "0.50",
      ]);
    }
  });
});
