import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { knownHosts, type SshHost, sshConfig } from "../../../../src/adapters/ssh/config.js";

const HOSTS: SshHost[] = [
  { name: "master", address: "203.0.113.7", keyAlias: "i-0a1" },
  { name: "worker-1", address: "203.0.113.8", keyAlias: "i-0b2" },
];

/** What OpenSSH itself makes of the file for a host. */
function effective(host: string, agent = false): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "psd ssh "));
  const file = join(folder, "ssh_config");
  const files = {
    identity: { file: join(folder, "id_ed25519"), agent },
    knownHostsFile: join(folder, "known_hosts"),
    socketDirectory: "/tmp/pyspark-deploy-1000",
  };
  writeFileSync(file, sshConfig(HOSTS, "ec2-user", "0123456789abcdef", files));
  const text = execFileSync("ssh", ["-G", "-F", file, host], { encoding: "utf8" });
  return new Map(
    text
      .trim()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
  );
}

describe("the ssh_config of a cluster, as OpenSSH reads it", () => {
  it.each([
    ["master", "203.0.113.7", "i-0a1", "0123456789ab-master"],
    ["worker-1", "203.0.113.8", "i-0b2", "0123456789ab-worker-1"],
  ])("reaches %s by its address, under its own host key and socket", (host, address, alias, socket) => {
    const seen = effective(host);
    expect(seen.get("hostname")).toBe(address);
    expect(seen.get("hostkeyalias")).toBe(alias);
    expect(seen.get("controlpath")).toBe(`/tmp/pyspark-deploy-1000/${socket}`);
    expect(seen.get("user")).toBe("ec2-user");
  });

  it("checks host keys strictly against the cluster's own file, and uses no key but the cluster's", () => {
    const seen = effective("master");
    expect(seen.get("stricthostkeychecking")).toBe("true");
    expect(seen.get("userknownhostsfile")).toMatch(/^.*psd ssh .*known_hosts"?$/);
    expect(seen.get("globalknownhostsfile")).toBe("/dev/null");
    expect(seen.get("identitiesonly")).toBe("yes");
    expect(seen.get("identityagent")).toBe("none");
    expect(seen.get("forwardagent")).toBe("no");
    expect(seen.get("passwordauthentication")).toBe("no");
  });

  it("asks the agent for a teammate's own key, and for no other", () => {
    const seen = effective("master", true);
    expect(seen.get("identitiesonly")).toBe("yes");
    expect(seen.get("identityagent")).not.toBe("none");
  });
});

describe("known_hosts", () => {
  it("has a line for each host's alias", () => {
    expect(knownHosts(new Map([["i-0a1", "ssh-ed25519 AAAA"]]))).toBe("i-0a1 ssh-ed25519 AAAA\n");
  });
});
