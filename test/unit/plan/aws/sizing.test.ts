import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InstanceShape } from "../../../../src/plan/aws/shapes.js";
import {
  driverHeap,
  HOST_BYTES,
  hostLimitBytes,
  sizeInstance,
  smallestShape,
} from "../../../../src/plan/aws/sizing.js";
import { DAEMON_BYTES, jobLimitBytes } from "../../../../src/plan/sizing.js";
import { GIB, MIB } from "../../../../src/plan/units.js";
import { SHAPES, shapeOf } from "../../../support/instance-types.js";

// Type, its cores and MiB; limit in MiB, executors, cores and heap in MiB of each; heap of a driver where it is the master.
// biome-ignore format: a table.
const TABLE = [
  ["t3.large", 2, 8192, 6144, 1, 2, 3852, 1376],
  ["t4g.xlarge", 4, 16384, 14131, 1, 4, 9443, 3372],
  ["m7i-flex.xlarge", 4, 16384, 14131, 1, 4, 9443, 3372],
  ["m5.large", 2, 8192, 6144, 1, 2, 3852, 1376],
  ["m5.xlarge", 4, 16384, 14131, 1, 4, 9443, 3372],
  ["m5.2xlarge", 8, 32768, 29286, 1, 8, 20052, 7161],
  ["m5.24xlarge", 96, 393216, 362700, 4, 24, 63360, 30720],
  ["m5d.4xlarge", 16, 65536, 59596, 1, 16, 41269, 14739],
  ["m6a.xlarge", 4, 16384, 14131, 1, 4, 9443, 3372],
  ["m6g.xlarge", 4, 16384, 14131, 1, 4, 9443, 3372],
  ["m6g.2xlarge", 8, 32768, 29286, 1, 8, 20052, 7161],
  ["m6i.large", 2, 8192, 6144, 1, 2, 3852, 1376],
  ["m6i.2xlarge", 8, 32768, 29286, 1, 8, 20052, 7161],
  ["m6id.32xlarge", 128, 524288, 483942, 8, 16, 42288, 30720],
  ["m7a.2xlarge", 8, 32768, 29286, 1, 8, 20052, 7161],
  ["m7g.2xlarge", 8, 32768, 29286, 1, 8, 20052, 7161],
  ["m7g.16xlarge", 64, 262144, 241459, 4, 16, 42143, 30720],
  ["m7i.2xlarge", 8, 32768, 29286, 1, 8, 20052, 7161],
  ["m7i.48xlarge", 192, 786432, 726425, 8, 24, 63506, 30720],
  ["m7i.metal-24xl", 96, 393216, 362700, 4, 24, 63360, 30720],
  ["m8g.48xlarge", 192, 786432, 726425, 8, 24, 63506, 30720],
  ["c6i.32xlarge", 128, 262144, 241459, 4, 32, 42143, 30720],
  ["c7g.4xlarge", 16, 32768, 29286, 1, 16, 20052, 7161],
  ["c7i.4xlarge", 16, 32768, 29286, 1, 16, 20052, 7161],
  ["c7i.48xlarge", 192, 393216, 362700, 4, 48, 63360, 30720],
  ["r5.4xlarge", 16, 131072, 120217, 2, 8, 41852, 29894],
  ["r6i.8xlarge", 32, 262144, 241459, 4, 8, 42143, 30720],
  ["r7g.2xlarge", 8, 65536, 59596, 1, 8, 41269, 14739],
  ["r7i.24xlarge", 96, 786432, 726425, 8, 12, 63506, 30720],
  ["r7i.48xlarge", 192, 1572864, 1453875, 16, 12, 63579, 30720],
  ["r8g.metal-48xl", 192, 1572864, 1453875, 16, 12, 63579, 30720],
  ["x2iedn.xlarge", 4, 131072, 120217, 2, 2, 41852, 29894],
  ["x2iedn.32xlarge", 128, 4194304, 3878707, 64, 2, 42416, 30720],
  ["x2gd.metal", 64, 1048576, 968908, 16, 4, 42361, 30720],
  ["u-6tb1.112xlarge", 448, 6291456, 5818572, 64, 7, 63633, 30720],
  ["z1d.3xlarge", 12, 98304, 89907, 1, 12, 62487, 22316],
  ["i3.xlarge", 4, 31232, 27865, 1, 4, 19057, 6806],
  ["i3en.24xlarge", 96, 786432, 726425, 8, 12, 63506, 30720],
  ["i4i.xlarge", 4, 32768, 29286, 1, 4, 20052, 7161],
  ["i4i.32xlarge", 128, 1048576, 968908, 16, 8, 42361, 30720],
  ["i4g.16xlarge", 64, 524288, 483942, 8, 8, 42288, 30720],
  ["im4gn.4xlarge", 16, 65536, 59596, 1, 16, 41269, 14739],
  ["is4gen.8xlarge", 32, 196608, 180838, 2, 16, 63069, 30720],
  ["d3en.12xlarge", 48, 196608, 180838, 2, 24, 63069, 30720],
  ["g5.xlarge", 4, 16384, 14131, 1, 4, 9443, 3372],
] as const;

describe("a worker on an instance type", () => {
  it.each(TABLE)("%s: %d cores, %d MiB", (type, cores, memory, limit, executors, each, heap) => {
    const shape = shapeOf(type);
    const size = sizeInstance(shape, "python");
    expect([shape.cores, shape.memoryBytes / MIB]).toEqual([cores, memory]);
    expect({ ...size, each: Math.floor(size.cores / size.executors) }).toEqual({
      cores,
      limitBytes: limit * MIB,
      executors,
      each,
      executorHeapBytes: heap * MIB,
    });
  });

  it.each(["t3.medium", "m6g.medium", "c7i.large"])("%s has just enough for an executor", (type) => {
    expect(sizeInstance(shapeOf(type), "python")).toMatchObject({ limitBytes: 2 * GIB, executors: 1 });
  });

  it.each(["t3.nano", "t3.small"])("%s is refused: no executor fits", (type) => {
    expect(() => sizeInstance(shapeOf(type), "python")).toThrow(/leaves .* of heap .* Spark needs 512 MiB/);
  });

  it("gives Python more where the workload is Python's", () => {
    const heap = (workload: "sql" | "python" | "pandas") =>
      sizeInstance(shapeOf("m7i.2xlarge"), workload).executorHeapBytes;
    expect([heap("sql"), heap("python"), heap("pandas")].map((bytes) => Math.round(bytes / GIB))).toEqual([
      22, 20, 15,
    ]);
  });

  it("has an architecture and disks as EC2 names them", () => {
    expect(shapeOf("im4gn.4xlarge")).toMatchObject({ architecture: "arm64", instanceStoreDisks: 1 });
    expect(shapeOf("i4i.32xlarge")).toMatchObject({ architecture: "amd64", instanceStoreDisks: 8 });
    expect(shapeOf("m7i.2xlarge")).toMatchObject({ instanceStoreDisks: 0, instanceStoreBytes: 0 });
  });
});

describe("a driver on the master", () => {
  it.each(TABLE)("%s", (type, _cores, _memory, _limit, _executors, _each, _heap, driver) => {
    expect(driverHeap(shapeOf(type), undefined) / MIB).toBe(driver);
  });

  it.each(["t3.medium", "m6g.medium", "c7i.large"])("%s is refused: no job's driver fits", (type) => {
    expect(() => driverHeap(shapeOf(type), undefined)).toThrow(/too small for the master/);
  });

  it("has the heap that was asked for, as long as it fits", () => {
    expect(driverHeap(shapeOf("m7i.xlarge"), 4 * GIB)).toBe(4 * GIB);
    expect(() => driverHeap(shapeOf("m7i.xlarge"), 8 * GIB)).toThrow(
      /m7i.xlarge is too small .* 8.0 GiB of heap may take 16.0 GiB, and 13.2 GiB are left/,
    );
  });
});

describe("several types at once", () => {
  it("are taken for the least of each", () => {
    const least = smallestShape([shapeOf("r7i.2xlarge"), shapeOf("c7i.4xlarge")]);
    expect(least).toMatchObject({ cores: 8, memoryBytes: 32 * GIB });
  });
});

const shapes = fc
  .record({
    cores: fc.integer({ min: 1, max: 896 }),
    memoryMiB: fc.integer({ min: 512, max: 32 * 1024 * 1024 }),
    workload: fc.constantFrom("sql" as const, "python" as const, "pandas" as const),
  })
  .map(({ cores, memoryMiB, workload }) => ({
    workload,
    shape: {
      type: "x1.large",
      architecture: "amd64",
      cores,
      memoryBytes: memoryMiB * MIB,
      instanceStoreDisks: 0,
      instanceStoreBytes: 0,
    } satisfies InstanceShape,
  }));

/** The smallest heap of Spark, the daemon and the host's own system, for the workload that leaves the JVM least. */
const SURELY_ENOUGH = 4 * GIB;

describe("any machine", () => {
  it("of 4 GiB or more is accepted, and what runs on it fits into what its kernel sees", () => {
    fc.assert(
      fc.property(shapes, ({ shape, workload }) => {
        fc.pre(shape.memoryBytes >= SURELY_ENOUGH);
        const size = sizeInstance(shape, workload);
        const heaps = size.executorHeapBytes * size.executors;
        expect(heaps + DAEMON_BYTES).toBeLessThan(size.limitBytes);
        expect(size.limitBytes + HOST_BYTES).toBeLessThanOrEqual(shape.memoryBytes * 0.925);
        expect(size.executorHeapBytes).toBeGreaterThanOrEqual(512 * MIB);
        expect(size.executors).toBeLessThanOrEqual(shape.cores);
        if (size.executors < shape.cores) expect(size.executorHeapBytes).toBeLessThanOrEqual(64 * GIB);
      }),
      { numRuns: 2000 },
    );
  });

  it("of 8 GiB or more can be a master, with room for its daemon and a job", () => {
    fc.assert(
      fc.property(shapes, ({ shape }) => {
        fc.pre(shape.memoryBytes >= 8 * GIB);
        const taken = jobLimitBytes(driverHeap(shape, undefined)) + DAEMON_BYTES;
        expect(taken).toBeLessThanOrEqual(hostLimitBytes(shape));
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves at most half of its cores without an executor, and every real type at most a tenth", () => {
    const idle = (shape: InstanceShape) => {
      const { executors } = sizeInstance(shape, "python");
      return shape.cores - Math.floor(shape.cores / executors) * executors;
    };
    fc.assert(
      fc.property(shapes, ({ shape }) => {
        fc.pre(shape.memoryBytes >= SURELY_ENOUGH);
        expect(idle(shape)).toBeLessThan(Math.max(1, shape.cores / 2));
      }),
    );
    const big = [...SHAPES.values()].filter(({ memoryBytes }) => memoryBytes >= SURELY_ENOUGH);
    for (const shape of big) expect(idle(shape), shape.type).toBeLessThanOrEqual(shape.cores / 10);
  });
});
