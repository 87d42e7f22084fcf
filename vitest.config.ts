import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          // Every night: scripts/crash-matrix.
          name: "crash",
          include: ["test/crash/**/*.test.ts"],
          maxConcurrency: Number(process.env.CRASH_JOBS ?? "2"),
          testTimeout: 900_000,
        },
      },
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // One engine with two cores: clusters that start side by side only slow each other down.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
