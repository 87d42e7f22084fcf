import { describe, expect, it } from "vitest";
import { formatPreview } from "../../../src/commands/plan.js";
import { configSchema } from "../../../src/config/schema.js";
import { planLocalCluster } from "../../../src/plan/cluster-plan.js";
import { previewAws, previewLocal } from "../../../src/plan/preview.js";
import { GIB } from "../../../src/plan/units.js";
import { awsPlan, awsPlanRequest, existingNetwork } from "../../support/aws-plan.js";

const PRICES = {
  source: "AWS Price List API, 2026-06-01",
  asOf: "2026-06-01",
  instanceHours: { "m7i.xlarge": 0.2, "m7i.2xlarge": 0.4 },
  volume: { gibMonth: 0.0876, iopsMonth: 0.005, mibpsMonth: 0.04 },
  addressHour: 0.005,
};

const aws = (config: Record<string, unknown>, prices: Parameters<typeof previewAws>[0]["prices"] = PRICES) =>
  formatPreview(
    previewAws({
      plan: awsPlan({ config }),
      prices,
      workload: "python",
      ttlSeconds: 8 * 3600,
      changes: ['"big" would be created'],
    }),
  );

describe("the plan of a cluster on AWS", () => {
  it("says what would be made, why Spark is sized so, and what it costs", () => {
    expect(aws({ workers: 4, aws: { buckets: ["data"] } })).toBe(
      `big (aws, eu-west-1): "big" would be created
  master  1 × m7i.xlarge (4 cores, 16.0 GiB)
          else m6i.xlarge, m7a.xlarge, m6a.xlarge, m5.xlarge
  workers 4 × m7i.2xlarge (8 cores, 32.0 GiB)
          else m6i.2xlarge, m7a.2xlarge, m6a.2xlarge, m5.2xlarge
  Spark   4 executors, each 8 cores and 19.6 GiB of heap
          Of the 32.0 GiB of m7i.2xlarge the machine itself needs some, and its kernel sees a little less: 28.6 GiB are the worker's.
          Of these 28.6 GiB the worker's daemon takes 640 MiB; 70 % of the other 28.0 GiB are heap, the rest is for Python, Arrow and Netty (spark.workload: python).
  driver  3.3 GiB of heap, 6.6 GiB with Python, for each job
  zone    eu-west-1a, else eu-west-1b, eu-west-1c
  disk    100 GiB gp3, 250 MiB/s, 3000 IOPS for each machine
  network a VPC of its own
  SSH     from 203.0.113.7/32
  S3      data
  ends    8 h after its creation
  price   $1.92 an hour, $15.35 until it ends
          machines $1.80, disks $0.094, public addresses $0.025
          prices: AWS Price List API, 2026-06-01`,
    );
  });

  it("says why large machines have several executors", () => {
    expect(aws({ aws: { workerTypes: ["r7i.24xlarge"] } })).toMatch(
      /16 executors, each 12 cores and 62.0 GiB of heap[\s\S]*Heaps above 64 GiB .* 8 executors share the 96 cores/,
    );
  });

  it("says which workers are spot machines, and what they cost now and on demand", () => {
    const spot = {
      instanceHours: { "m7i.2xlarge": 0.15 },
      says: "spot price of 2026-06-01 12:00 UTC in eu-west-1a",
    };
    const text = aws({ workers: 4, aws: { market: "spot" } }, { ...PRICES, spot });
    expect(text).toMatch(
      / {10}or m6i.2xlarge, m7a.2xlarge, .*\n {10}on spot; on demand where AWS has none\n/,
    );
    expect(text).toContain(`price   $0.92 an hour, $7.35 until it ends
          machines $0.80, disks $0.094, public addresses $0.025
          on demand: $1.92 an hour; spot price of 2026-06-01 12:00 UTC in eu-west-1a`);
    expect(text).toMatch(
      /! The workers are spot machines: AWS may take any of them back with two minutes' notice/,
    );
  });

  it("says which prices are not known", () => {
    expect(aws({}, { ...PRICES, instanceHours: {} })).toMatch(
      /price {3}at least \$0.\d+ an hour[\s\S]*not known: the price of m7i.xlarge, m7i.2xlarge/,
    );
  });

  it("ends with what people should know", () => {
    expect(aws({}).split("\n").at(-1)).toMatch(/^ {2}! No buckets are named/);
  });

  it("tells an existing network, and that nothing is public", () => {
    const network = existingNetwork({ "subnet-00000000": "eu-west-1b" });
    const settings = {
      vpc: "vpc-00000000",
      subnets: ["subnet-00000000"],
      private: true,
      bastion: "ann@bastion.example.com",
    };
    const plan = awsPlan({ config: { aws: settings }, cloud: { network }, sshCidrs: [] });
    const shown = formatPreview(
      previewAws({ plan, prices: PRICES, workload: "sql", ttlSeconds: 5400, changes: [] }),
    );
    expect(shown).toMatch(/: no changes\n/);
    expect(shown).toMatch(/network vpc-00000000, no public addresses\n/);
    expect(shown).toMatch(/SSH {5}from 10.9.0.0\/16, through ann@bastion.example.com\n/);
    expect(shown).toMatch(/ends {4}90 min after/);
    expect(shown).toMatch(/public addresses \$0.000/);
  });
});

describe("the plan of a local cluster", () => {
  const local = (overrides: Record<string, unknown>) => {
    const { profiles: _, ...config } = configSchema.parse(overrides);
    const machine = { cores: 8, memoryBytes: 16 * GIB };
    const { identity, image } = awsPlanRequest();
    const secrets = { sparkSecret: "", s3AccessKey: "", s3SecretKey: "" };
    const plan = planLocalCluster({ config: { ...config, project: "x" }, identity, image, machine, secrets });
    const wish = { workers: config.workers, ...config.worker, workload: config.spark.workload };
    return formatPreview(previewLocal({ plan, machine, wish, changes: ["workers: 1 now, 2 in the config"] }));
  };

  it("says the containers and their sizes, and has no price", () => {
    expect(local({})).toBe(`big (local): workers: 1 now, 2 in the config
  master  1
  workers 2 × (4 cores, 4.2 GiB)
  Spark   2 executors, each 4 cores and 2.5 GiB of heap
          The Docker engine has 8 cores and 16.0 GiB; 60 % of the 14.0 GiB that it can spare are for the workers: 4.2 GiB each.
          Of these 4.2 GiB the worker's daemon takes 640 MiB; 70 % of the other 3.6 GiB are heap, the rest is for Python, Arrow and Netty (spark.workload: python).
  driver  1.0 GiB of heap, 3.0 GiB with Python, for each job`);
  });

  it("says where the config decides", () => {
    expect(local({ worker: { memory: "2g" } })).toMatch(/worker.memory gives each worker 2.0 GiB/);
  });
});
