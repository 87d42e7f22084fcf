import { describe, expect, it } from "vitest";
import { BOOT_WORKERS, bootLocation, reportsPrefix, roleKey } from "../../../../src/plan/aws/boot.js";
import { awsPlanRequest } from "../../../support/aws-plan.js";
import { userError } from "../../../support/config.js";

const location = (workers: number, aws: object, state?: string) => {
  const { config } = awsPlanRequest({ config: { workers, aws, ...(state !== undefined && { state }) } });
  return bootLocation(config, "abc123");
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
  ])("%s", (_, workers, aws, state, byThemselves) => {
    expect(location(workers, aws, state) !== undefined).toBe(byThemselves);
  });

  it("each cluster has its own place", () => {
    const found = location(2, { configureBy: "boot" }, "s3://bkt/team/x");
    expect(found).toEqual({ bucket: "bkt", prefix: "team/x/boot/abc123" });
    expect(found && roleKey(found)).toBe("team/x/boot/abc123/role.json.gz");
    expect(found && reportsPrefix(found)).toBe("team/x/boot/abc123/reports/");
    expect(location(2, { configureBy: "boot" }, "s3://bkt")?.prefix).toBe("boot/abc123");
  });

  it("boot without a place on S3 says what to add", () => {
    expect(userError(() => location(2, { configureBy: "boot" })).hint).toContain("state: s3://");
  });
});
