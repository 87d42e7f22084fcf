import { describe, expect, it } from "vitest";
import { explainDockerFailure, recognizeTrouble } from "../../../src/adapters/docker/errors.js";
import { hostSystem } from "../../../src/host.js";
import { fixFor } from "../../../src/plan/fixes.js";

const SAID = [
  [
    "docker-stopped",
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  ],
  [
    "docker-stopped",
    "failed to connect to the docker API at unix:///x/docker.sock; check if the path is correct and if the daemon is running: dial unix /x/docker.sock: connect: no such file or directory",
  ],
  ["docker-host", "Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?"],
  [
    "docker-host",
    'error during connect: Get "http://no-such-host.invalid:2375/v1.50/info": dial tcp: lookup no-such-host.invalid: no such host',
  ],
  [
    "docker-permission",
    'WARNING: Error loading config file: open /root/.docker/config.json: permission denied\npermission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/info": dial unix /var/run/docker.sock: connect: permission denied',
  ],
  [
    "docker-permission",
    "permission denied while trying to connect to the docker API at unix:///run/docker.sock",
  ],
  [
    "docker-context",
    'Failed to initialize: unable to resolve docker endpoint: context "nope": context not found: open /x/meta.json: no such file or directory',
  ],
  [
    "network-in-use",
    "Error response from daemon: error while removing network: network x id 44ca has active endpoints",
  ],
  ["disk-full", "write /var/lib/docker/tmp/x: no space left on device"],
] as const;

describe("what docker says", () => {
  it.each(SAID)("is recognized as %s: %s", (trouble, said) => {
    expect(recognizeTrouble(said)?.trouble).toBe(trouble);
  });

  it.each(SAID)("names the fix of this system for %s: %s", (trouble, said) => {
    const error = explainDockerFailure(["info"], { exitCode: 1, stdout: "", stderr: said });
    expect(error).toMatchObject({ hint: fixFor(trouble, hostSystem()), output: said });
  });

  it("of something else is passed on", () => {
    const error = explainDockerFailure(["run"], { exitCode: 125, stdout: "", stderr: "no such image" });
    expect(error.message).toBe("docker run failed (exit code 125): no such image");
    expect(recognizeTrouble("no such image")).toBeUndefined();
  });
});
