import { describe, expect, it } from "vitest";
import { jobContainer } from "../../../src/driver/job.js";
import type { ClusterRecord } from "../../../src/state/record.js";

const record = (driver: Partial<ClusterRecord["driver"]> = {}): ClusterRecord => ({
  schema: 1,
  provider: "aws",
  profile: "big",
  identity: {
    project: "flights",
    cluster: "big",
    clusterId: "c0ffee",
    created: "2026-11-01T00:00:00Z",
    owner: "ann",
    version: "0.1.0",
  },
  phase: "ready",
  image: { reference: "registry/flights@sha256:1", parityKey: "sha256:2", treeHash: "3" },
  workers: 2,
  workerCores: 8,
  workerMemoryBytes: 2 ** 34,
  driverHeapBytes: 2 ** 30,
  storage: { embedded: false, region: "us-east-1", credentials: "instance-profile" },
  driver: {
    container: "pyspark-deploy_flights_big_driver",
    confMount: { type: "bind", source: "/etc/pyspark-deploy/conf" },
    sharesFiles: false,
    ...driver,
  },
  waterfall: [],
});

const JOB = {
  script: "jobs/a.py",
  arguments: [],
  conf: {},
  logLevel: "warn",
  treeHash: "3",
  submitter: "ann",
};

describe("the container of a job", () => {
  it("spills to the host's own disk where the record names one", () => {
    const { mounts, environment } = jobContainer(
      record({ localDisk: "/var/lib/pyspark-deploy/local" }),
      "1",
      JOB,
    );
    expect(mounts).toEqual([
      { type: "bind", source: "/etc/pyspark-deploy/conf", target: "/opt/spark/conf", readOnly: true },
      {
        type: "bind",
        source: "/var/lib/pyspark-deploy/local",
        target: "/var/lib/spark",
        readOnly: false,
      },
    ]);
    expect(environment.SPARK_LOCAL_DIRS).toBe("/var/lib/spark/local");
  });

  it("of an older record, or on a laptop, spills into its own file system", () => {
    const { mounts, environment } = jobContainer(record(), "1", JOB);
    expect(mounts.map(({ target }) => target)).toEqual(["/opt/spark/conf"]);
    expect(environment).not.toHaveProperty("SPARK_LOCAL_DIRS");
  });
});
