import { describe, expect, it } from "vitest";
import { formatChecks } from "../../../src/commands/doctor.js";
import { formatInit } from "../../../src/commands/init.js";
import { formatStatus } from "../../../src/commands/shared.js";
import { colorsFor } from "../../../src/report/screen.js";

const STATUS = {
  cluster: "local",
  provider: "local",
  state: "degraded",
  wanted: 2,
  workers: [
    { name: "worker-1", alive: true, cores: 2, memoryMiB: 3072 },
    { name: "worker-2", alive: false, cores: 2, memoryMiB: 3072 },
  ],
  applications: 1,
  image: "localhost/pyspark-deploy/project-flights:4c43a62d61ad",
  parityKey: "sha256:0123456789abcdef0123456789abcdef",
  current: false,
  ui: "http://127.0.0.1:32768",
  s3: undefined,
  hosts: [],
  region: undefined,
  deadline: undefined,
  cost: undefined,
  repair: undefined,
  created: "2026-01-01T00:00:00.000Z",
};

describe("what init wrote", () => {
  it.each<[string[], string[], RegExp]>([
    [[], [], /^Nothing was written\.$/],
    [["a"], [], /^1 file written\. Next: .* run jobs\/a\.py$/],
    [["a"], ["b"], /^2 files written\. /],
  ])("%j, changed %j", (written, changed, expected) => {
    expect(formatInit({ written, changed, job: "jobs/a.py" })).toMatch(expected);
  });
});

describe("the status of a cluster", () => {
  it("is one fact a line", () => {
    expect(formatStatus(STATUS)).toBe(`local (local): degraded
  workers 1 of 2 ALIVE
  cores   2
  memory  3.0 GiB for executors
  running 1 application
  image   localhost/pyspark-deploy/project-flights:4c43a62d61ad
  parity  0123456789ab
  tree    changed since the image
  UI      http://127.0.0.1:32768`);
  });

  it("names the command that brings back what is lost", () => {
    const text = formatStatus({ ...STATUS, repair: "pyspark-deploy repair local" });
    expect(text).toContain("\n  repair  pyspark-deploy repair local\n");
  });

  it("fits into 40 columns but for the image's name, which can't be cut", () => {
    const long = formatStatus({
      ...STATUS,
      s3: "http://127.0.0.1:65535",
      repair: "pyspark-deploy repair local",
      current: true,
      state: "record lost",
    })
      .split("\n")
      .filter((line) => line.length > 40);
    expect(long).toEqual([expect.stringMatching(/^ {2}image/)]);
  });
});

describe("the status of a cluster with spot workers", () => {
  it("marks the host that EC2 takes back, and has both prices", () => {
    const host = {
      name: "worker-1",
      role: "worker",
      running: true,
      place: "i-1 (m7i.large, spot, a) 10.0.0.2",
    };
    const spot = { onDemandPerHour: 0.5, says: "spot price of 2026-06-01 12:00 UTC in a" };
    const text = formatStatus({
      ...STATUS,
      hosts: [host, { ...host, name: "worker-2", notice: "spot notice: ends at 2026-01-02T03:04:05Z" }],
      cost: { perHour: 0.2, soFar: 0.4, source: "", unknown: [], spot },
    });
    expect(text).toContain(
      "  cost    $0.20 an hour, on demand $0.50 (spot price of 2026-06-01 12:00 UTC in a), $0.40 so far\n",
    );
    expect(text.split("\n").slice(-2)).toEqual([
      "  worker-1: i-1 (m7i.large, spot, a) 10.0.0.2",
      "  worker-2: i-1 (m7i.large, spot, a) 10.0.0.2, spot notice: ends at 2026-01-02T03:04:05Z",
    ]);
  });
});

describe("doctor's lines", () => {
  const checks = [
    { check: "node", state: "ok", text: "24.1.0" },
    { check: "buildx", state: "warning", text: "absent", fix: "install it" },
    { check: "engine", state: "failed", text: "stopped", fix: "start it", exitCode: 3 },
  ] as const;

  it("are one for each check, and the fix below", () => {
    expect(formatChecks(checks, colorsFor({}, {}))).toBe(
      "✓ node: 24.1.0\n! buildx: absent\n  → install it\n✗ engine: stopped\n  → start it",
    );
  });

  it("are coloured where that may be", () => {
    expect(formatChecks(checks, colorsFor({}, { FORCE_COLOR: "1" }))).toContain("\u001b[31m✗\u001b[39m");
  });
});
