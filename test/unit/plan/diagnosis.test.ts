import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type Check,
  type ClusterWish,
  checkConfig,
  checkCredentials,
  checkDocker,
  checkEngineDisk,
  checkIgnore,
  checkImages,
  checkLoopback,
  checkNode,
  checkPlatform,
  checkProjectDisk,
  checkSize,
  checkState,
  type DockerFacts,
  exitCodeOf,
  NODE_RANGE,
} from "../../../src/plan/diagnosis.js";
import { GIB, MIB } from "../../../src/plan/units.js";

const states = (checks: readonly Check[]) =>
  Object.fromEntries(checks.map(({ check, state }) => [check, state]));

describe("Node", () => {
  it("has the range of package.json", () => {
    const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
    expect(NODE_RANGE).toBe(engines.node);
  });

  it.each([
    ["18.20.0", "failed"],
    ["20.18.3", "failed"],
    ["20.19.0", "warning"],
    ["21.7.0", "failed"],
    ["22.11.0", "failed"],
    ["22.12.0", "ok"],
    ["23.9.0", "failed"],
    ["24.0.0", "ok"],
    ["26.1.0", "ok"],
  ])("%s: %s", (version, state) => {
    const check = checkNode(version, "macos");
    expect(check.state).toBe(state);
    if (state !== "ok") expect(check.fix).toContain("brew install node@22");
  });
});

const DOCKER: DockerFacts = {
  client: "28.2.2",
  buildx: "0.21.1",
  context: { name: "colima", endpoint: "unix:///home/x/.colima/docker.sock" },
  engine: { cores: 4, memoryBytes: 8 * GIB, architecture: "aarch64", version: "28.2.2" },
  trouble: undefined,
};

describe("Docker", () => {
  it("is told with its context, architecture, cores and memory", () => {
    const checks = checkDocker(DOCKER, "macos");
    expect(states(checks)).toEqual({ docker: "ok", buildx: "ok", context: "ok", engine: "ok" });
    expect(checks.map(({ text }) => text).join("\n")).toMatch(/colima.*aarch64, 4 cores, 8\.0 GiB/s);
  });

  it("that is missing is the one thing said of it", () => {
    const [check, ...others] = checkDocker({ ...DOCKER, client: undefined, engine: undefined }, "fedora");
    expect(others).toEqual([]);
    expect(check).toMatchObject({
      state: "failed",
      exitCode: 3,
      fix: expect.stringContaining("dnf install"),
    });
  });

  it("without an engine says why and what helps", () => {
    const trouble = {
      trouble: "docker-permission",
      message: "You may not use the Docker engine.",
      said: "WARNING: x\npermission denied while trying to connect to docker.sock",
    } as const;
    const engine = checkDocker({ ...DOCKER, engine: undefined, trouble }, "debian").at(-1);
    expect(engine).toMatchObject({
      check: "engine",
      state: "failed",
      exitCode: 3,
      text: "You may not use the Docker engine. permission denied while trying to connect to docker.sock",
      fix: expect.stringContaining("usermod"),
    });
  });

  it("without buildx, or with an old engine, is a warning", () => {
    const old = { cores: 1, memoryBytes: GIB, architecture: "x86_64", version: "19.03.15" };
    expect(states(checkDocker({ ...DOCKER, buildx: undefined, engine: old }, "linux"))).toMatchObject({
      buildx: "warning",
      engine: "warning",
    });
    const tested = { ...old, version: "20.10.24+dfsg1" };
    expect(states(checkDocker({ ...DOCKER, engine: tested }, "linux"))).toMatchObject({ engine: "ok" });
  });

  it("of another architecture than image.platform is a warning", () => {
    expect(checkPlatform("aarch64", "linux/amd64")).toMatchObject([{ state: "warning" }]);
    expect(checkPlatform("aarch64", "linux/arm64")).toEqual([]);
    expect(checkPlatform("x86_64", undefined)).toEqual([]);
    expect(checkPlatform("riscv64", "linux/amd64")).toEqual([]);
  });
});

const WISH: ClusterWish = {
  workers: 2,
  cores: undefined,
  memory: undefined,
  workload: "python",
  driverHeapBytes: GIB,
};

describe("the cluster's size", () => {
  it.each<[string, number, number, Partial<ClusterWish>, string, RegExp]>([
    ["fits", 4, 16, {}, "ok", /2 × \(2 cores/],
    ["leaves no heap", 2, 3, {}, "failed", /Spark needs 512 MiB/],
    ["leaves little heap", 2, 7, {}, "warning", /of heap for each executor/],
    ["leaves nothing for a driver", 4, 16, { memory: "7g" }, "warning", /driver need more memory/],
    ["wants more than there is", 4, 16, { memory: "9g" }, "failed", /need more than/],
    ["shares cores", 2, 24, { cores: 2 }, "warning", /share the 2 cores/],
  ])("%s", (_, cores, gib, wish, state, text) => {
    const check = checkSize({ cores, memoryBytes: gib * GIB }, { ...WISH, ...wish }, "macos");
    expect(check).toMatchObject({ state, text: expect.stringMatching(text) });
  });

  it("that does not fit is mended in the engine's settings where it has some", () => {
    const machine = { cores: 2, memoryBytes: 3 * GIB };
    expect(checkSize(machine, WISH, "macos").fix).toContain("Resources > Memory");
    expect(checkSize(machine, WISH, "debian").fix).toContain("pyspark-deploy.yaml");
  });
});

describe("disks", () => {
  it.each([
    [100 * GIB, "ok"],
    [5 * GIB, "warning"],
    [GIB, "failed"],
    [undefined, "ok"],
  ])("of the engine: %s bytes free: %s", (free, state) => {
    expect(checkEngineDisk("/var/lib/docker", free, "debian").state).toBe(state);
  });

  it.each([
    [2 * GIB, ["ok"]],
    [500 * MIB, ["warning"]],
    [MIB, ["failed"]],
    [undefined, []],
  ])("of the project: %s bytes free: %s", (free, expected) => {
    expect(checkProjectDisk("/home/x/p", free).map(({ state }) => state)).toEqual(expected);
  });
});

describe("the project's folder", () => {
  it("may have no config yet, and never a wrong one", () => {
    const problem = { message: "f:1:1: unknown key", hint: "See docs", exitCode: 2 } as const;
    expect(checkConfig("/p/pyspark-deploy.yaml", undefined).state).toBe("ok");
    expect(checkConfig(undefined, undefined)).toMatchObject({ state: "warning", fix: "pyspark-deploy init" });
    expect(checkConfig("f", problem)).toMatchObject({ state: "failed", text: problem.message, exitCode: 2 });
  });

  it("keeps secrets out of images and can be written", () => {
    expect(checkIgnore("/p/.dockerignore", true).state).toBe("ok");
    expect(checkIgnore("/p/.dockerignore", false).fix).toBe("echo .pyspark-deploy >> /p/.dockerignore");
    expect(checkState("/p", true).state).toBe("ok");
    expect(checkState("/p", false)).toMatchObject({
      state: "failed",
      fix: expect.stringMatching(/chown.*\/p/),
    });
  });

  it("needs no images yet", () => {
    expect(checkImages({ base: undefined, project: undefined }).map(({ state }) => state)).toEqual([
      "ok",
      "ok",
    ]);
  });

  it("needs the loopback interface", () => {
    expect(checkLoopback(undefined, "debian").state).toBe("ok");
    expect(checkLoopback("EADDRNOTAVAIL", "debian")).toMatchObject({ state: "failed", fix: /ip link/ });
  });
});

describe("credentials", () => {
  const now = Date.UTC(2026, 0, 1);
  const HOUR = 3_600_000;
  const role = { identity: "arn:aws:sts::1:assumed-role/x", profile: "research" };

  it.each([
    [undefined, "ok", /do not expire/],
    [now + 5.5 * HOUR, "ok", /expire in 5\.5 h/],
    [now + 0.5 * HOUR, "warning", /expire in 30 min/],
    [now - 1, "failed", /expired/],
  ])("that end at %s", (expires, state, text) => {
    expect(checkCredentials({ ...role, expires }, now)).toMatchObject({
      state,
      text: expect.stringMatching(text),
    });
  });

  it("that are refused fail as the verbs would", () => {
    const problem = { message: "No AWS credentials", hint: "Run: aws sso login", exitCode: 4 } as const;
    expect(checkCredentials(problem, now)).toMatchObject({ state: "failed", exitCode: 4, fix: problem.hint });
  });
});

describe("the exit code", () => {
  const failure = (exitCode: 2 | 3 | 4): Check => ({ check: "x", state: "failed", text: "", exitCode });
  it.each<[Check[], number]>([
    [[{ check: "x", state: "warning", text: "" }], 0],
    [[failure(2)], 2],
    [[failure(4), failure(2)], 4],
    [[failure(2), failure(3)], 3],
  ])("of %j is %s", (checks, expected) => {
    expect(exitCodeOf(checks)).toBe(expected);
  });
});
