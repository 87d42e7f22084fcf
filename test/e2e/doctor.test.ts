import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { BASE_MATRIX } from "../../src/config/base-matrix.js";
import { hostSystem } from "../../src/host.js";
import type { Check } from "../../src/plan/diagnosis.js";
import { fixFor } from "../../src/plan/fixes.js";
import { CLI, Cli } from "../support/cli.js";
import { newProject } from "../support/project.js";

interface Report {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

const system = hostSystem();
const SETPRIV = "/usr/bin/setpriv";

async function examine(directory: string, env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await new Cli(directory).run(["doctor", "--json"], { env });
  const report = JSON.parse(stdout) as Report;
  return {
    exitCode,
    stderr,
    report,
    check: (name: string) => report.checks.find(({ check }) => check === name),
  };
}

/** A PATH on which everything is that this machine has, but for docker. */
function pathWithoutDocker(): string {
  const folder = mkdtempSync(join(tmpdir(), "psd-path-"));
  symlinkSync(process.execPath, join(folder, "node"));
  const others = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((part) => !existsSync(join(part, "docker")));
  return [folder, ...others].join(delimiter);
}

describe("a machine that has everything", () => {
  it("is told so, one line for each check", async () => {
    const directory = newProject();
    const { exitCode, report, check } = await examine(directory);
    expect(report.checks.filter(({ state }) => state === "failed")).toEqual([]);
    expect([exitCode, report.ok]).toEqual([0, true]);
    expect(check("engine")?.text).toMatch(/^\d+\.\d+.*, \d+ cores?, \d+\.\d GiB$/);
    expect(check("config")?.text).toBe(join(directory, "pyspark-deploy.yaml"));
    const { stdout } = await new Cli(directory).run(["doctor"]);
    const lines = stdout.split("\n").filter((line) => !line.startsWith("  → "));
    expect(lines.map((line) => /^[✓!✗] ([^:]+): /.exec(line)?.[1])).toEqual(
      report.checks.map(({ check: name }) => name),
    );
  });

  it("needs no project", async () => {
    const { exitCode, check } = await examine(mkdtempSync(join(tmpdir(), "psd-empty-")));
    expect([exitCode, check("config")?.state]).toEqual([0, "warning"]);
  });
});

const TROUBLES = [
  ["docker is not installed", { PATH: pathWithoutDocker() }, "docker", "docker-missing"],
  ["the engine is stopped", { DOCKER_HOST: "unix:///nonexistent.sock" }, "engine", "docker-stopped"],
  ["DOCKER_HOST leads nowhere", { DOCKER_HOST: "tcp://127.0.0.1:1" }, "engine", "docker-host"],
  ["the context does not exist", { DOCKER_CONTEXT: "no-such-context" }, "engine", "docker-context"],
] as const;

describe("when", () => {
  it.each(TROUBLES)("%s, doctor names the fix and exits with 3", async (_, env, name, trouble) => {
    const { exitCode, check } = await examine(newProject(), env);
    expect(exitCode).toBe(3);
    expect(check(name)).toMatchObject({ state: "failed", fix: fixFor(trouble, system) });
  });

  it.each(TROUBLES)("%s, create and build name the same fix", async (_, env, _name, trouble) => {
    const cli = new Cli(newProject());
    for (const verb of ["create", "build"]) {
      const { exitCode, stderr } = await cli.run([verb], { env });
      expect(stderr).toContain(`→ ${fixFor(trouble, system)}`);
      expect(exitCode).toBe(3);
    }
  });

  it.runIf(process.getuid?.() === 0 && existsSync(SETPRIV))(
    "the user may not use the engine, doctor and create name the fix",
    async () => {
      const directory = newProject();
      chmodSync(directory, 0o777);
      const asNobody = (verb: string) =>
        execa(
          SETPRIV,
          ["--reuid", "65534", "--regid", "65534", "--clear-groups", process.execPath, CLI, verb],
          { cwd: directory, reject: false, env: { CI: "true", HOME: directory } },
        );
      const fix = fixFor("docker-permission", system);
      const [doctor, create] = [await asNobody("doctor"), await asNobody("create")];
      expect([doctor.exitCode, doctor.stdout]).toEqual([3, expect.stringContaining(`  → ${fix}`)]);
      expect([create.exitCode, create.stderr]).toEqual([3, expect.stringContaining(`→ ${fix}`)]);
    },
  );
});

describe("a project", () => {
  it("with a mistake in its config is told the place", async () => {
    const directory = newProject();
    writeFileSync(join(directory, "pyspark-deploy.yaml"), "workers: many\n");
    const { exitCode, check } = await examine(directory);
    expect(exitCode).toBe(2);
    expect(check("config")?.text).toContain("pyspark-deploy.yaml:1:");
    expect(check("engine")?.state).toBe("ok");
  });

  it("that would ship its secrets is told the line to add", async () => {
    const directory = newProject();
    rmSync(join(directory, ".dockerignore"));
    const { exitCode, check } = await examine(directory);
    expect([exitCode, check(".dockerignore")?.fix]).toEqual([
      2,
      `echo .pyspark-deploy >> ${join(directory, ".dockerignore")}`,
    ]);
  });

  it("whose cluster does not fit is told before anything is made", async () => {
    const directory = newProject();
    writeFileSync(join(directory, "pyspark-deploy.yaml"), "workers: 64\nworker: {memory: 64g}\n");
    const { exitCode, check } = await examine(directory);
    expect([exitCode, check("size")?.state]).toEqual([2, "failed"]);
  });

  it("whose AWS profile does not exist is told so, and no secret is printed", async () => {
    const directory = newProject();
    mkdirSync(join(directory, "aws"));
    writeFileSync(join(directory, "pyspark-deploy.yaml"), "storage: {s3: aws, profile: research}\n");
    writeFileSync(join(directory, "aws/credentials"), "[default]\naws_secret_access_key = s3cr3t\n");
    const { exitCode, check, report, stderr } = await examine(directory, {
      AWS_SHARED_CREDENTIALS_FILE: join(directory, "aws/credentials"),
      AWS_CONFIG_FILE: join(directory, "aws/config"),
      AWS_EC2_METADATA_DISABLED: "true",
    });
    expect([exitCode, check("credentials")?.fix]).toEqual([4, "Run: aws sso login --profile research"]);
    expect(JSON.stringify(report) + stderr).not.toContain("s3cr3t");
  });
});

describe("version", () => {
  it("tells every tool's version as JSON", async () => {
    const { stdout } = await new Cli(tmpdir()).run(["version", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      node: process.versions.node,
      docker: { client: expect.stringMatching(/^\d+\./), engine: expect.stringMatching(/^\d+\./) },
      bases: BASE_MATRIX.map(({ spark, hadoop, python, java }) => ({ spark, hadoop, python, java })),
    });
  });

  it("takes a missing tool for no error", async () => {
    const { exitCode, stdout } = await new Cli(tmpdir()).run(["version", "--json"], {
      env: { PATH: pathWithoutDocker() },
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ docker: { client: null, engine: null, buildx: null } });
  });
});
