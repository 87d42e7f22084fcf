import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Cli, docker, httpStatus, objectsOf } from "../support/cli.js";
import { newProject } from "../support/project.js";

const cli = new Cli(newProject());
const server = `psd-external-${randomBytes(3).toString("hex")}`;
const credentials = {
  AWS_ACCESS_KEY_ID: "EXTERNALKEY",
  AWS_SECRET_ACCESS_KEY: `external-${randomBytes(12).toString("hex")}`,
};
const env = credentials;

beforeAll(async () => {
  writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), "project: probe-external\nworkers: 1\n");
  const { s3 } = await cli.json<{ s3: string }>("build");
  const port = 20_000 + (process.pid % 10_000);
  // Docker gives the bridge the first address of its subnet: there containers reach servers of this machine.
  const subnet = await docker(
    "network",
    "inspect",
    "bridge",
    "--format",
    "{{(index .IPAM.Config 0).Subnet}}",
  );
  const gateway = subnet.replace(/\.\d+\/\d+$/, ".1");
  const properties = {
    "s3proxy.endpoint": `http://0.0.0.0:${port}`,
    "s3proxy.authorization": "aws-v2-or-v4",
    "s3proxy.identity": credentials.AWS_ACCESS_KEY_ID,
    "s3proxy.credential": credentials.AWS_SECRET_ACCESS_KEY,
    "jclouds.provider": "filesystem-nio2",
    "jclouds.filesystem.basedir": "/data",
  };
  const file = join(mkdtempSync(join(tmpdir(), "psd-s3-")), "s3proxy.properties");
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
    { mode: 0o644 },
  );
  await docker("create", "--name", server, "--network", "host", s3);
  await docker("cp", file, `${server}:/etc/s3proxy/s3proxy.properties`);
  await docker("start", server);
  await vi.waitFor(async () => expect(await httpStatus(`http://127.0.0.1:${port}`)).toBe(403), {
    timeout: 60_000,
    interval: 200,
  });
  writeFileSync(
    join(cli.directory, "pyspark-deploy.yaml"),
    `project: probe-external\nworkers: 1\nstorage: {s3: "http://${gateway}:${port}"}\n`,
  );
  const { exitCode, stderr } = await cli.run(["create", "local"], { env });
  if (exitCode !== 0) throw new Error(stderr);
});

afterAll(async () => {
  await cli.run(["destroy", "local", "--purge"]);
  await docker("rm", "--force", "--volumes", server);
  expect(await objectsOf("probe-external")).toEqual([]);
});

describe("an S3 server of the user's own", () => {
  it("is read and written by jobs with the user's credentials", async () => {
    const { exitCode, stdout } = await cli.run(["submit", "jobs/roundtrip.py", "s3a://their-bucket/out"], {
      env,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({ rows: 1000, committer: "magic" });
  });

  it("never has the credentials in a container's configuration or in the record", async () => {
    const names = (
      await docker(
        "ps",
        "--all",
        "--filter",
        "label=pyspark-deploy:project=probe-external",
        "--format",
        "{{.Names}}",
      )
    ).split("\n");
    expect(names.some((name) => name.includes("_job-"))).toBe(true);
    expect(await docker("inspect", ...names)).not.toContain(credentials.AWS_SECRET_ACCESS_KEY);
    const record = readFileSync(join(cli.directory, ".pyspark-deploy/clusters/local/record.json"), "utf8");
    expect(record).not.toContain(credentials.AWS_SECRET_ACCESS_KEY);
  });

  it("takes files by cp", async () => {
    const folder = mkdtempSync(join(tmpdir(), "psd-cp-"));
    writeFileSync(join(folder, "a.txt"), "external");
    expect((await cli.run(["cp", join(folder, "a.txt"), "s3a://their-bucket/a.txt"], { env })).exitCode).toBe(
      0,
    );
    expect((await cli.run(["cp", "s3a://their-bucket/a.txt", join(folder, "b.txt")], { env })).exitCode).toBe(
      0,
    );
    expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe("external");
  });

  it("without credentials makes submit say what to do", async () => {
    const none = {
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_EC2_METADATA_DISABLED: "true",
      HOME: tmpdir(),
    };
    const { exitCode, stderr } = await cli.run(["submit", "jobs/echo.py"], { env: none });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/No AWS credentials/);
  });
});
