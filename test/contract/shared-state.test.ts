import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { InstanceConnect } from "../../src/adapters/aws/instance-connect.js";
import { S3SharedObjects } from "../../src/adapters/aws/shared-objects.js";
import { SharedLock } from "../../src/state/shared-lock.js";
import type { AwsApi } from "../support/aws-api.js";
import { startTeam, stateIn } from "../support/team-state.js";

const scope = { region: "us-east-1" };
const BUCKET = "team-state";
let api: AwsApi;

beforeAll(async () => {
  api = await startTeam(BUCKET);
});
afterEach(() => api.clearFaults());
afterAll(() => api.stop());

/** A prefix of its own for each test. */
const newObjects = (bucket = BUCKET) => stateIn(bucket, randomBytes(4).toString("hex"));

describe("a team's state on S3", () => {
  it("is written under a condition, so that of many at once one wins", async () => {
    const objects = newObjects();
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, at) => objects.write("a/lock", `${at}`, "absent")),
    );
    const [winner] = made.flatMap((etag, at) => (etag === undefined ? [] : [{ etag, at }]));
    expect(made.filter((etag) => etag !== undefined)).toHaveLength(1);
    expect(await objects.read("a/lock")).toMatchObject({ text: `${winner?.at}`, etag: winner?.etag });
    const replaced = await Promise.all(
      Array.from({ length: 10 }, (_, at) => objects.write("a/lock", `r${at}`, { etag: winner?.etag ?? "" })),
    );
    expect(replaced.filter((etag) => etag !== undefined)).toHaveLength(1);
  });

  it("tells how old an object is, what there is, and what is gone", async () => {
    const objects = newObjects();
    await objects.write("a/one", "1", undefined);
    await objects.write("a/two", "2", undefined);
    await objects.write("ab/one", "3", undefined);
    expect(await objects.list("a/")).toEqual(["a/one", "a/two"]);
    const age = (await objects.read("a/one"))?.ageSeconds ?? -1;
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(30);
    await objects.remove(["a/one", "a/two", "a/three"]);
    expect(await objects.list("a/")).toEqual([]);
    expect(await objects.read("a/one")).toBeUndefined();
    expect(await objects.write("a/one", "1", { etag: '"gone"' })).toBeUndefined();
  });

  it("has a bucket whose region is told, in which it can be asked from anywhere", async () => {
    const place = { bucket: BUCKET, prefix: "abroad" };
    const objects = new S3SharedObjects(scope, place, process.env);
    expect(await objects.region()).toBe("us-east-1");
    expect(await objects.inOwnRegion()).toBe(objects);
    await objects.write("a", "1", undefined);
    const abroad = new S3SharedObjects({ region: "eu-west-1" }, place, process.env);
    expect(await (await abroad.inOwnRegion()).read("a")).toMatchObject({ text: "1" });
  });

  it("has locks that one of two folders gets", async () => {
    const objects = newObjects();
    const acquire = (verb: string) =>
      SharedLock.acquire({
        objects,
        key: "p/demo/lock.json",
        cluster: "demo",
        verb,
        tokenFile: join(mkdtempSync(join(tmpdir(), "psd-team-")), "demo.s3-lock"),
        onLost: () => {},
      });
    const tries = await Promise.allSettled([acquire("create"), acquire("create")]);
    const held = tries.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(held).toHaveLength(1);
    await held[0]?.renew();
    await expect(acquire("destroy")).rejects.toThrow(/"pyspark-deploy create" is at work on "demo"/);
    await held[0]?.release();
    await (await acquire("destroy")).release();
    expect(await objects.list("")).toEqual([]);
  });
});

describe("a state that can't be had says why", () => {
  it("when the bucket does not exist", async () => {
    await expect(newObjects("no-such-bucket").read("a")).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("bucket that state: in pyspark-deploy.yaml names does not exist"),
      hint: expect.stringContaining("aws s3 mb"),
    });
  });

  it.each([
    ["s3:GetObject", `GET /${BUCKET}/denied/a`, (objects: S3SharedObjects) => objects.read("a")],
    [
      "s3:PutObject",
      `PUT /${BUCKET}/denied/a`,
      (objects: S3SharedObjects) => objects.write("a", "x", "absent"),
    ],
    ["s3:DeleteObject", `DELETE /${BUCKET}/denied/a`, (objects: S3SharedObjects) => objects.remove(["a"])],
  ])("when %s is not allowed", async (permission, action, call) => {
    const objects = stateIn(BUCKET, "denied");
    await api.fault({
      action,
      code: "AccessDenied",
      message: "Access Denied",
      status: 403,
    });
    await expect(call(objects)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(permission),
      hint: expect.stringContaining("docs/iam-policy.json"),
    });
  });

  it("when nobody answers", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    await expect(newObjects().read("a")).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("can't be reached"),
    });
    vi.stubEnv("AWS_ENDPOINT_URL", api.url);
  });
});

describe("EC2 Instance Connect", () => {
  const key = { zone: "us-east-1a", user: "ec2-user", publicKey: "ssh-ed25519 AAAA bob" };

  it("hands an instance a key, without its comment", async () => {
    const { Instances = [] } = await new EC2Client(scope).send(
      new RunInstancesCommand({ ImageId: "ami-05fb4f257abd42992", MinCount: 1, MaxCount: 1 }),
    );
    const instance = Instances[0]?.InstanceId ?? "";
    await new InstanceConnect(scope).sendKey({ ...key, instance });
    const described = (await (await fetch(`${api.url}/simulator/instances`)).json()) as {
      readonly id: string;
      readonly pushedKeys: unknown;
    }[];
    expect(described.find(({ id }) => id === instance)?.pushedKeys).toEqual([
      { user: "ec2-user", key: "ssh-ed25519 AAAA" },
    ]);
  });

  it("says when the instance is gone", async () => {
    await expect(
      new InstanceConnect(scope).sendKey({ ...key, instance: "i-0123456789abcdef0" }),
    ).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining("i-0123456789abcdef0") });
  });
});
