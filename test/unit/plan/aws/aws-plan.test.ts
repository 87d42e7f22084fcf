import { describe, expect, it } from "vitest";
import { awsPlan, EVERYWHERE, existingNetwork, SECRET, ZONES } from "../../../support/aws-plan.js";
import { SHAPES } from "../../../support/instance-types.js";

function properties(overrides?: Parameters<typeof awsPlan>[0]): Record<string, string> {
  const file = awsPlan(overrides).confFiles.find(({ path }) => path === "spark-defaults.conf");
  const lines = (file?.content ?? "").trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
  );
}

const aws = (settings: object, more: object = {}) => ({ config: { ...more, aws: settings } });

/** The fixture without these offers. */
const without = (...offers: readonly (readonly [type: string, zone: string])[]) =>
  new Map(
    [...EVERYWHERE].map(([type, zones]) => [
      type,
      zones.filter((zone) => !offers.some(([t, z]) => t === type && z === zone)),
    ]),
  );

describe("the types of a cluster on AWS", () => {
  it.each([
    ["amd64", "m7i.xlarge", "m7i.2xlarge"],
    ["arm64", "m7g.xlarge", "m7g.2xlarge"],
  ] as const)("fit an image for %s by default", (architecture, master, worker) => {
    const [attempt] = awsPlan({ architecture }).attempts;
    expect([attempt.masterTypes[0], attempt.workerTypes[0]]).toEqual([master, worker]);
  });

  it("are refused when they can't run the image, with both ways out", () => {
    const ask = () => awsPlan(aws({ workerTypes: ["m7i.xlarge", "m7g.xlarge"] }));
    expect(ask).toThrow(/The image is for amd64, and m7g.xlarge is an arm64 machine/);
    expect(ask).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/m7i.*image.platform: linux\/arm64/) }),
    );
  });

  it("must exist in the region where they are named", () => {
    expect(() => awsPlan(aws({ masterTypes: ["m99.huge"] }))).toThrow(
      /eu-west-1 has no instance type m99.huge, which aws.masterTypes names/,
    );
  });

  it("may be absent where they are defaults", () => {
    const shapes = new Map([...SHAPES].filter(([type]) => !type.startsWith("m7")));
    expect(awsPlan({ cloud: { shapes } }).attempts[0].workerTypes).toEqual([
      "m6i.2xlarge",
      "m6a.2xlarge",
      "m5.2xlarge",
    ]);
  });

  it("decide the size of executors by the smallest of them", () => {
    const plan = awsPlan(aws({ workerTypes: ["r7i.2xlarge", "m7i.xlarge"] }));
    expect(plan.worker).toMatchObject({ cores: 4 });
    expect(plan.warnings.join()).toMatch(/differ in size: Spark uses 4 cores and 13.8 GiB of each/);
  });
});

describe("the zone", () => {
  it("is the first that offers the preferred types of both", () => {
    const offerings = without(["m7i.2xlarge", "eu-west-1a"], ["m7i.xlarge", "eu-west-1b"]);
    const zones = awsPlan({ cloud: { offerings } }).attempts.map(({ zone }) => zone);
    expect(zones).toEqual(["eu-west-1c", "eu-west-1b", "eu-west-1a"]);
  });

  it("is one that the config names, in its order", () => {
    const plan = awsPlan(aws({ zones: ["eu-west-1c", "eu-west-1a"] }));
    expect(plan.attempts.map(({ zone }) => zone)).toEqual(["eu-west-1c", "eu-west-1a"]);
  });

  it("is that of a given subnet, and of two in one zone the first counts", () => {
    const subnets = ["subnet-0000000b", "subnet-0000000a", "subnet-000000b2"];
    const network = existingNetwork({
      "subnet-0000000a": "eu-west-1a",
      "subnet-0000000b": "eu-west-1b",
      "subnet-000000b2": "eu-west-1b",
    });
    const plan = awsPlan({ ...aws({ vpc: "vpc-00000000", subnets }), cloud: { network } });
    expect(plan.attempts.map(({ zone }) => zone)).toEqual(["eu-west-1b", "eu-west-1a"]);
    expect(plan.network.subnets).toEqual({
      "eu-west-1b": "subnet-0000000b",
      "eu-west-1a": "subnet-0000000a",
    });
  });

  it("must offer the master and the workers together", () => {
    const offerings = new Map([
      ["m7i.xlarge", ["eu-west-1a"]],
      ["i4i.xlarge", ["eu-west-1b"]],
    ]);
    const config = aws({ masterTypes: ["m7i.xlarge"], workerTypes: ["i4i.xlarge"] });
    expect(() => awsPlan({ ...config, cloud: { offerings } })).toThrow(
      /No zone of eu-west-1 .* offers the master and the workers together.\nMaster: m7i.xlarge \(eu-west-1a\).\nWorkers: i4i.xlarge \(eu-west-1b\)/,
    );
  });

  it("is tried in four at most", () => {
    const zones = "abcdef"
      .replace(/./g, (letter) => `us-east-1${letter} `)
      .trim()
      .split(" ");
    const offerings = new Map([...EVERYWHERE.keys()].map((type) => [type, zones]));
    expect(awsPlan({ ...aws({ region: "us-east-1" }), cloud: { offerings } }).attempts).toHaveLength(4);
  });

  it("offers only what it has", () => {
    const offerings = without(...ZONES.map((zone) => ["m7i.2xlarge", zone] as const));
    expect(awsPlan({ cloud: { offerings } }).attempts[0].workerTypes[0]).toBe("m6i.2xlarge");
  });
});

describe("Spark on AWS", () => {
  it("uses the machine's own credentials, no key, and S3 without an endpoint", () => {
    const found = properties();
    expect(found["spark.hadoop.fs.s3a.aws.credentials.provider"]).toMatch(/IAMInstanceCredentialsProvider$/);
    expect(found["spark.hadoop.fs.s3a.endpoint"]).toBeUndefined();
    expect(found["spark.hadoop.fs.s3a.endpoint.region"]).toBe("eu-west-1");
    expect(awsPlan().confFiles.map(({ path }) => path)).not.toContain("aws/credentials");
  });

  it("takes the credentials that jobs bring along where a profile is named for them", () => {
    expect(awsPlan({ config: { storage: { profile: "research" } } }).storage.credentials).toBe("job");
  });

  it("has heap and cores of the instance type", () => {
    expect(properties(aws({ workerTypes: ["r7i.24xlarge"] }))).toMatchObject({
      "spark.executor.memory": "63506m",
      "spark.executor.cores": "12",
    });
  });

  it("gives the driver a quarter of the master, or what was asked for", () => {
    expect(properties()["spark.driver.memory"]).toBe("3372m");
    expect(properties({ config: { driver: { memory: "2g" } } })["spark.driver.memory"]).toBe("2048m");
  });

  it.each([
    [["m7i.large"], /SerialGC/],
    [["m7i.xlarge"], /^undefined$/],
  ])("on a master of %j starts drivers with options %s", (masterTypes, options) => {
    expect(String(properties(aws({ masterTypes }))["spark.driver.defaultJavaOptions"])).toMatch(options);
  });

  it.each([
    ["m7i.2xlarge", "96", "500"],
    ["c7g.4xlarge", "128", "512"],
    ["c7i.48xlarge", "384", "1536"],
  ])(
    "on %s reads and writes S3 with %s threads and %s connections in each executor",
    (type, threads, connections) => {
      const architecture = type === "c7g.4xlarge" ? "arm64" : "amd64";
      expect(properties({ ...aws({ workerTypes: [type] }), architecture })).toMatchObject({
        "spark.hadoop.fs.s3a.threads.max": threads,
        "spark.hadoop.fs.s3a.connection.maximum": connections,
      });
    },
  );

  it("has its secret in one file, and nowhere else in the plan", () => {
    const { confFiles, ...rest } = awsPlan();
    expect(confFiles.filter(({ content }) => content.includes(SECRET))).toMatchObject([
      { path: "spark-defaults.conf", secret: true },
    ]);
    expect(JSON.stringify(rest)).not.toContain(SECRET);
  });
});

describe("what nodes may reach", () => {
  it("are the buckets, and that of the event log", () => {
    const s3 = (buckets: string[], eventLog?: string) =>
      awsPlan(aws({ buckets }, { storage: { ...(eventLog && { eventLog }) } })).access.s3Locations;
    expect(s3(["data", "other/x"])).toEqual(["data", "other/x"]);
    expect(s3(["data"], "s3a://logs/spark/")).toEqual(["data", "logs/spark"]);
    expect(s3(["logs"], "s3a://logs/spark")).toEqual(["logs"]);
  });
});

describe("tags", () => {
  it("are those of the cluster, its deadline and the user's", () => {
    expect(awsPlan(aws({ tags: { "cost-center": 12 } })).tags).toMatchObject({
      "cost-center": "12",
      "pyspark-deploy:cluster-id": "abc123",
      "pyspark-deploy:expires": "2026-01-01T08:00:00.000Z",
    });
  });
});

describe("warnings", () => {
  it.each([
    ["no bucket", aws({}), /No buckets are named/],
    ["a burstable type", aws({ workerTypes: ["t3.large"] }), /t3.large is burstable/],
    ["tiny executors", aws({ workerTypes: ["c7i.large"] }), /only 985 MiB of heap/],
    ["SSH open to all", { sshCidrs: ["0.0.0.0/0"] }, /open to the whole internet/],
    ["spot workers", aws({ market: "spot" }), /two minutes' notice. Their shuffle and cached data move/],
    [
      "a spot worker that is alone",
      { config: { workers: 1, aws: { market: "spot" } } },
      /only worker is a spot machine: .* no other can take over its shuffle/,
    ],
    [
      "spot workers of one type",
      aws({ market: "spot", workerTypes: ["m7i.2xlarge"] }),
      /Only one worker type is named/,
    ],
    [
      "spot workers that keep nothing",
      { config: { aws: { market: "spot" }, spark: { conf: { "spark.decommission.enabled": "false" } } } },
      /With spark.decommission.enabled: false nothing moves/,
    ],
  ])("tell of %s", (_what, overrides, says) => {
    expect(awsPlan(overrides).warnings.join("\n")).toMatch(says);
  });

  it("are none for an ordinary cluster", () => {
    expect(awsPlan(aws({ buckets: ["data"] })).warnings).toEqual([]);
  });
});
