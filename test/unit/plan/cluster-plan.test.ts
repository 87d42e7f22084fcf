import { describe, expect, it } from "vitest";
import { configSchema } from "../../../src/config/schema.js";
import { planLocalCluster } from "../../../src/plan/cluster-plan.js";
import { GIB } from "../../../src/plan/units.js";

const identity = {
  project: "flights",
  cluster: "local",
  clusterId: "abc",
  created: "2026-01-01T00:00:00Z",
  owner: "ann@laptop",
  version: "1.0.0",
};
const secrets = { sparkSecret: "spark-s3cret", s3AccessKey: "KEY", s3SecretKey: "s3-s3cret" };

function plan(overrides: Record<string, unknown> = {}, running?: number) {
  const { profiles: _, ...config } = configSchema.parse(overrides);
  return planLocalCluster({
    config: { ...config, project: "flights" },
    identity,
    image: { reference: "image:tag", parityKey: "sha256:1", treeHash: "2" },
    machine: { cores: 8, memoryBytes: 16 * GIB },
    secrets,
    ...(running !== undefined && { running }),
  });
}

function properties(overrides: Record<string, unknown> = {}): Record<string, string> {
  const file = plan(overrides).confFiles.find(({ path }) => path === "spark-defaults.conf");
  return Object.fromEntries(
    (file?.content ?? "")
      .trim()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
  );
}

describe("the nodes of a local cluster", () => {
  it("stay as many as run already, of the size that the config's number gives them", () => {
    const { workers, worker, nodes } = plan({ workers: 2 }, 3);
    expect(workers).toBe(3);
    expect(nodes.filter(({ role }) => role === "worker")).toHaveLength(3);
    expect(worker).toEqual(plan({ workers: 2 }).worker);
  });

  it("are a master, the workers and a driver", () => {
    expect(plan({ workers: 3 }).nodes.map(({ name }) => name)).toEqual([
      "master",
      "worker-1",
      "worker-2",
      "worker-3",
      "driver",
    ]);
  });

  it("have a hard memory limit on every worker", () => {
    const workers = plan().nodes.filter(({ role }) => role === "worker");
    expect(workers.map(({ limitBytes }) => limitBytes)).toEqual([
      plan().worker.limitBytes,
      plan().worker.limitBytes,
    ]);
    expect(plan().worker.limitBytes).toBeGreaterThan(plan().worker.executorHeapBytes);
  });

  it("keep the secrets out of every command and environment", () => {
    const visible = JSON.stringify([plan().nodes, plan().labels]);
    for (const secret of Object.values(secrets)) expect(visible).not.toContain(secret);
  });

  it("get the secrets in files marked as secret", () => {
    const holding = plan().confFiles.filter(({ content }) =>
      Object.values(secrets).some((secret) => content.includes(secret)),
    );
    expect(holding.map(({ path, secret }) => [path, secret])).toEqual([
      ["spark-defaults.conf", true],
      ["aws/credentials", true],
    ]);
  });

  it("carry every label of the project", () => {
    expect(Object.keys(plan().labels)).toEqual(
      ["project", "cluster", "cluster-id", "created", "owner", "version"].map(
        (key) => `pyspark-deploy:${key}`,
      ),
    );
  });
});

describe("Spark's configuration", () => {
  it("authenticates and encrypts, and keeps the REST submission server off", () => {
    expect(properties()).toMatchObject({
      "spark.authenticate": "true",
      "spark.authenticate.secret": "spark-s3cret",
      "spark.network.crypto.enabled": "true",
      "spark.master.rest.enabled": "false",
    });
  });

  it("commits with the magic committer", () => {
    expect(properties()).toMatchObject({
      "spark.hadoop.fs.s3a.committer.name": "magic",
      "spark.sql.sources.commitProtocolClass": "pysparkdeploy.S3CommitProtocol",
    });
  });

  it("lets the user's properties win", () => {
    const user = { "spark.executor.memory": "600m", "spark.hadoop.fs.s3a.committer.name": "directory" };
    expect(properties({ spark: { conf: user } })).toMatchObject(user);
  });

  it("never lets the user's properties replace the cluster's secret", () => {
    expect(
      properties({ spark: { conf: { "spark.authenticate.secret": "mine" } } })["spark.authenticate.secret"],
    ).toBe("spark-s3cret");
  });

  it("gives the executor of a worker all of its cores and its heap", () => {
    const { worker } = plan();
    expect(properties()).toMatchObject({
      "spark.executor.cores": String(worker.cores),
      "spark.executor.memory": `${worker.executorHeapBytes / 1024 ** 2}m`,
    });
  });
});

describe("storage", () => {
  it("is the cluster's own S3 server by default, with credentials in a file and event logs", () => {
    expect(properties()).toMatchObject({
      "spark.hadoop.fs.s3a.endpoint": "http://s3:9000",
      "spark.hadoop.fs.s3a.path.style.access": "true",
      "spark.eventLog.dir": "s3a://spark-events/logs",
    });
  });

  it("on Amazon S3 has no endpoint, no stored credentials and no event log unless asked for", () => {
    const found = properties({ storage: { s3: "aws", region: "eu-west-1" } });
    expect(found["spark.hadoop.fs.s3a.endpoint"]).toBeUndefined();
    expect(found["spark.hadoop.fs.s3a.endpoint.region"]).toBe("eu-west-1");
    expect(found["spark.eventLog.enabled"]).toBeUndefined();
    expect(plan({ storage: { s3: "aws" } }).confFiles.map(({ path }) => path)).not.toContain(
      "aws/credentials",
    );
  });

  it("at a URL of the user's takes credentials with each job", () => {
    expect(plan({ storage: { s3: "https://minio.example.com" } }).storage).toMatchObject({
      credentials: "job",
      embedded: false,
    });
    expect(
      properties({ storage: { s3: "https://minio.example.com" } })[
        "spark.hadoop.fs.s3a.connection.ssl.enabled"
      ],
    ).toBe("true");
  });
});
