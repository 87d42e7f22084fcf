import { describe, expect, it } from "vitest";
import { BOOT_WORKERS, configuresByBoot } from "../../../../src/plan/aws/boot.js";
import { awsPlanRequest } from "../../../support/aws-plan.js";
import { userError } from "../../../support/config.js";

const byThemselves = (workers: number, aws: object, state?: string) => {
  const { config } = awsPlanRequest({ config: { workers, aws, ...(state !== undefined && { state }) } });
  return configuresByBoot(config);
};

describe("who configures the nodes of a new cluster", () => {
  it.each([
    ["few workers", 2, {}, "s3://bkt/p", false],
    ["many workers", BOOT_WORKERS, {}, "s3://bkt/p", true],
    ["many workers without a place on S3", BOOT_WORKERS, {}, undefined, false],
    [
      "many workers with a profile of the user's own",
      BOOT_WORKERS,
      { instanceProfile: "x" },
      "s3://bkt/p",
      false,
    ],
    ["push, asked for", BOOT_WORKERS, { configureBy: "push" }, "s3://bkt/p", false],
    ["boot, asked for", 2, { configureBy: "boot" }, "s3://bkt/p", true],
    [
      "boot with a profile of the user's own",
      2,
      { configureBy: "boot", instanceProfile: "x" },
      "s3://bkt",
      true,
    ],
  ])("%s", (_, workers, aws, state, expected) => {
    expect(byThemselves(workers, aws, state)).toBe(expected);
  });

  it("boot without a place on S3 says what to add", () => {
    expect(userError(() => byThemselves(2, { configureBy: "boot" })).hint).toContain("state: s3://");
  });
});
