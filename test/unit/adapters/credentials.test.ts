import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { inspectCredentials } from "../../../src/adapters/aws/credentials.js";

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ann</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`;
const REFUSAL = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`;

/** A server that answers as STS does, and a profile of long-lived keys and one of a program's short-lived ones. */
async function newSts(status: number, body: string): Promise<void> {
  const server = createServer((_, response) =>
    response.writeHead(status, { "content-type": "text/xml" }).end(body),
  );
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => void server.close());
  const folder = mkdtempSync(join(tmpdir(), "psd-aws-"));
  const shortLived = {
    Version: 1,
    AccessKeyId: "AKID",
    SecretAccessKey: "s3cr3t",
    SessionToken: "token",
    Expiration: "2099-01-01T00:00:00Z",
  };
  writeFileSync(join(folder, "short.json"), JSON.stringify(shortLived));
  writeFileSync(
    join(folder, "config"),
    `[profile keys]\n[profile short]\ncredential_process = cat ${join(folder, "short.json")}\n`,
  );
  writeFileSync(
    join(folder, "credentials"),
    "[keys]\naws_access_key_id = AKID\naws_secret_access_key = s3cr3t\n",
  );
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "credentials"));
  vi.stubEnv("AWS_ENDPOINT_URL_STS", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
}

afterEach(() => vi.unstubAllEnvs());

describe("the user's AWS credentials", () => {
  const region = "eu-central-1";

  it("are whose STS says, and tell when they end", async () => {
    await newSts(200, IDENTITY);
    const keys = await inspectCredentials({ profile: "keys", region, amazon: true });
    expect(keys).toEqual({ identity: "arn:aws:iam::123456789012:user/ann", expires: undefined });
    const short = await inspectCredentials({ profile: "short", region, amazon: true });
    expect(short.expires).toBe(Date.UTC(2099, 0, 1));
  });

  it("that AWS refuses are an error without the secret", async () => {
    await newSts(403, REFUSAL);
    const error = await inspectCredentials({ profile: "keys", region, amazon: true }).catch((e: Error) => e);
    expect(error).toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/refuses the credentials of the profile "keys": .*expired/),
      hint: "Run: aws sso login --profile keys",
    });
    expect(String(error)).not.toContain("s3cr3t");
  });

  it("for another server than Amazon's are found, and nobody is asked", async () => {
    await newSts(500, "");
    expect(await inspectCredentials({ profile: "keys", region, amazon: false })).toEqual({
      identity: undefined,
      expires: undefined,
    });
  });

  it("that are nowhere are an error", async () => {
    await newSts(200, IDENTITY);
    await expect(inspectCredentials({ profile: "nobody", region, amazon: true })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('No AWS credentials for the profile "nobody"'),
    });
  });
});
