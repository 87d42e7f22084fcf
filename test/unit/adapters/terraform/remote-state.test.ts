import { mkdtempSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parseDiagnostic } from "../../../../src/adapters/terraform/failure.js";
import { parseLock, RemoteState } from "../../../../src/adapters/terraform/remote-state.js";

const OWN = `${userInfo().username}@${hostname()}`;
const BEGAN = Date.UTC(2026, 10, 22, 23, 46, 50);

/** As Terraform 1.11 says it. */
const complaint = (who: string, created = "2026-11-22 23:46:51.115670123 +0000 UTC") =>
  parseDiagnostic({
    summary: "Error acquiring the state lock",
    detail: `Error message: operation error S3: PutObject, https response error StatusCode: 412, RequestID: 1, HostID: 2, api error PreconditionFailed: At least one of the pre-conditions you specified did not hold
Lock Info:
  ID:        0dd4a1f5-7f4c-9f2f-5a3d-6b1d7d1f9a10
  Path:      bucket/clusters/c1/terraform.tfstate
  Operation: OperationTypeApply
  Who:       ${who}
  Version:   1.11.4
  Created:   ${created}
  Info:      


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time. Please resolve the issue above and try
again. For most commands, you can disable locking with the "-lock=false"
flag, but this is not recommended.`,
  });

describe("a state on S3", () => {
  let directory: string;
  const remote = () => new RemoteState({ bucket: "team", prefix: "clusters/c1" }, directory);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "psd-remote-"));
  });

  it("is locked by a file beside it, at the cluster's own place", () => {
    expect(
      new RemoteState({ bucket: "team", prefix: "c1", region: "eu-central-1" }, directory).backend({}),
    ).toEqual({
      terraform: {
        backend: {
          s3: {
            bucket: "team",
            key: "c1/terraform.tfstate",
            use_lockfile: true,
            region: "eu-central-1",
          },
        },
      },
    });
  });

  it.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])("may be on another server, named by %s", (name) => {
    expect(remote().backend({ [name]: "http://127.0.0.1:9000" })).toMatchObject({
      terraform: { backend: { s3: { use_path_style: true } } },
    });
  });

  it("says who locks it, since when, and how the lock is removed", () => {
    expect(parseLock(complaint("ann@laptop"))).toEqual({
      id: "0dd4a1f5-7f4c-9f2f-5a3d-6b1d7d1f9a10",
      who: "ann@laptop",
      created: BEGAN + 1115,
    });
    expect(remote().explainLock([complaint("ann@laptop")])).toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("ann@laptop is at work on this cluster since 2026-11-22T23:46:51"),
      hint: expect.stringContaining("aws s3 rm s3://team/clusters/c1/terraform.tfstate.tflock"),
    });
  });

  it.each([
    ["that our killed command left is ours to remove", OWN, BEGAN, true],
    ["of somebody else stays", "ann@laptop", BEGAN, false],
    ["of a later command of ours from another folder stays", OWN, BEGAN - 3_600_000, false],
  ])("a lock %s", (_, who, began, ours) => {
    expect(remote().staleLock([complaint(who)], { pid: 4711, began })).toBe(
      ours ? "0dd4a1f5-7f4c-9f2f-5a3d-6b1d7d1f9a10" : undefined,
    );
  });

  it("a lock stays when no command of ours was killed", () => {
    expect(remote().staleLock([complaint(OWN)], undefined)).toBeUndefined();
  });
});
