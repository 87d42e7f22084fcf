import { defineConfig } from "vitest/config";

/** Those with simulated hosts: of their network there is one on a machine, so no two of them run at once. */
const ON_SIMULATED_HOSTS = "test/e2e/{aws,light,nodes,simulator}*.test.ts";

const endToEnd = {
  // One engine with two cores: clusters that start side by side only slow each other down.
  fileParallelism: false,
  testTimeout: 300_000,
  hookTimeout: 900_000,
};

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
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          // Some start programs, and other tiers run beside them.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          // More than there are cores: these wait for Terraform, whose provider waits for AWS.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: [ON_SIMULATED_HOSTS],
          ...endToEnd,
        },
      },
      { test: { name: "e2e-aws", include: [ON_SIMULATED_HOSTS], ...endToEnd } },
      { test: { name: "nightly", include: ["test/nightly/**/*.test.ts"], ...endToEnd } },
    ],
  },
});
