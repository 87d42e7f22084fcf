import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.js";
import { jobLimitBytes, sizeLocalWorker, sizeWorker, usableMemory } from "../../../src/plan/sizing.js";
import { GIB, MIB } from "../../../src/plan/units.js";

describe("memory that a machine leaves to Spark", () => {
  it.each([
    [4, 2],
    [8, 6],
    [32, 30],
    [64, 64 * 0.94],
    [256, 256 * 0.94],
  ])("of %d GiB, %d GiB are usable", (ram, usable) => {
    expect(usableMemory(ram * GIB) / GIB).toBeCloseTo(usable, 5);
  });
});

describe("workers that share one Docker engine", () => {
  it.each([
    // engine cores, engine GiB, workers, workload, cores of each, limit MiB, heap MiB
    [2, 8, 2, "python", 1, 1843, 842],
    [8, 16, 2, "python", 4, 4300, 2562],
    [8, 16, 2, "sql", 4, 4300, 2928],
    [8, 16, 2, "pandas", 4, 4300, 2013],
    [4, 32, 1, "python", 4, 18432, 12454],
    [2, 24, 3, "python", 1, 4505, 2705],
  ] as const)(
    "%d cores, %d GiB for %d workers of %s work",
    (cores, ram, workers, workload, each, limit, heap) => {
      const size = sizeLocalWorker({ cores, memoryBytes: ram * GIB }, { workers, workload });
      expect({ cores: size.cores, limit: size.limitBytes / MIB, heap: size.executorHeapBytes / MIB }).toEqual(
        { cores: each, limit, heap },
      );
    },
  );

  it("takes the user's cores and memory", () => {
    const size = sizeLocalWorker(
      { cores: 8, memoryBytes: 16 * GIB },
      { workers: 2, cores: 3, memory: "2g", workload: "sql" },
    );
    expect(size).toMatchObject({ cores: 3, limitBytes: 2 * GIB });
  });

  it("refuses workers that need more than the engine has", () => {
    const ask = () =>
      sizeLocalWorker({ cores: 8, memoryBytes: 8 * GIB }, { workers: 4, memory: "4g", workload: "sql" });
    expect(ask).toThrow(/4 workers of 4.0 GiB need more than the 8.0 GiB/);
  });

  it("refuses workers too small for an executor, and says what to change", () => {
    const ask = () => sizeLocalWorker({ cores: 8, memoryBytes: 8 * GIB }, { workers: 8, workload: "python" });
    expect(ask).toThrow(UserError);
    expect(ask).toThrow(/Spark needs 512 MiB/);
  });
});

describe("large machines", () => {
  it("splits a heap above 64 GiB into several executors", () => {
    const size = sizeWorker(48, 360 * GIB, "python");
    expect(size.executors).toBe(4);
    expect(size.executorHeapBytes).toBeLessThanOrEqual(64 * GIB);
  });

  it("never makes more executors than cores", () => {
    expect(sizeWorker(2, 700 * GIB, "sql").executors).toBe(2);
  });
});

describe("a job's container", () => {
  it.each([
    [1, 3],
    [2, 4],
    [8, 16],
  ])("with %d GiB of heap may use %d GiB", (heap, limit) => {
    expect(jobLimitBytes(heap * GIB)).toBe(limit * GIB);
  });
});
