import { defineConfig } from "vitest/config";

/** Those with simulated hosts: of their network there is one on a machine, so no two of them run at once. */
const ON_SIMULATED_HOSTS = "test/e2e/{aws,nodes,simulator}*.test.ts";

const endToEnd = {
  // One engine with two cores: clusters that start side by side only slow each other down.
  fileParallelism: false,
  testTimeout: 300_000,
  hookTimeout: 900_000,
};

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
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
    ],
  },
});
