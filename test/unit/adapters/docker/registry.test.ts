import { describe, expect, it } from "vitest";
import { explainPushFailure, pushedDigest } from "../../../../src/adapters/docker/registry.js";

const DIGEST = `sha256:${"0a".repeat(32)}`;

describe("a push that succeeded", () => {
  it("tells the digest, whatever was pushed", () => {
    const printed = `The push refers to repository [r.example.com/p]\n5f70bf18a086: Layer already exists\n1: digest: ${DIGEST} size: 1234\n`;
    expect(pushedDigest(printed)).toBe(DIGEST);
  });
});

describe("a push that failed", () => {
  it.each<[said: string, exitCode: number, message: RegExp, hint: RegExp]>([
    [
      "no basic auth credentials",
      4,
      /r\.example\.com:5000 does not let you push/,
      /docker login r\.example\.com:5000/,
    ],
    ["denied: requested access to the resource is denied", 4, /does not let you push/, /docker login/],
    ["unauthorized: authentication required", 4, /does not let you push/, /docker login/],
    [
      "x509: certificate signed by unknown authority",
      4,
      /does not trust/,
      /certs\.d\/r\.example\.com:5000\/ca\.crt/,
    ],
    ["http: server gave HTTP response to HTTPS client", 4, /does not trust/, /certs\.d/],
    ["dial tcp: lookup r.example.com: no such host", 4, /can't reach/, /proxy/],
    ["name unknown: The repository with name 'p' does not exist", 4, /no such repository/, /image\.registry/],
    [
      "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
      3,
      /No Docker engine/,
      /./,
    ],
    ["write /var/lib/docker/x: no space left on device", 5, /disk of the Docker engine is full/, /./],
    ["something else", 6, /docker push failed/, /./],
  ])("%s", (stderr, exitCode, message, hint) => {
    const error = explainPushFailure("r.example.com:5000/team/p:1", { exitCode: 1, stdout: "", stderr });
    expect(error.exitCode).toBe(exitCode);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });
});
