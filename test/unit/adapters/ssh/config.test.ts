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
function effective(
  host: string,
  { agent = false, bastion }: { agent?: boolean; bastion?: string } = {},
): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "psd ssh "));
  const file = join(folder, "ssh_config");
  const files = {
    identity: { file: join(folder, "id_ed25519"), agent },
    knownHostsFile: join(folder, "known_hosts"),
    socketDirectory: "/tmp/pyspark-deploy-1000",
    bastion,
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
    const seen = effective("master", { agent: true });
    expect(seen.get("identitiesonly")).toBe("yes");
    expect(seen.get("identityagent")).not.toBe("none");
  });
});

describe("hosts behind a bastion", () => {
  const socket = "/tmp/pyspark-deploy-1000/0123456789ab-bastion";

  it.each([
    ["bastion", "bastion"],
    ["ann@bastion.example.com", "ann@bastion.example.com"],
    ["ann@192.0.2.7:2222", "-p 2222 ann@192.0.2.7"],
  ])("are reached through %s with the user's own ssh_config, by one connection for all", (bastion, place) => {
    for (const host of ["master", "worker-1"])
      expect(effective(host, { bastion }).get("proxycommand")).toBe(
        `ssh -o BatchMode=yes -o ConnectTimeout=8 -o ServerAliveInterval=15 -o ServerAliveCountMax=4 -o ControlMaster=auto -o ControlPersist=600 -o ControlPath=${socket} -W %h:%p ${place}`,
      );
  });

  it("are checked against their own keys as strictly as without one", () => {
    const seen = effective("worker-1", { bastion: "bastion" });
    expect(seen.get("stricthostkeychecking")).toBe("true");
    expect(seen.get("hostkeyalias")).toBe("i-0b2");
    expect(seen.get("identityagent")).toBe("none");
  });

  it("leave everything about the bastion itself to the user, but the socket by which its connection is ended", () => {
    const seen = effective("bastion", { bastion: "bastion" });
    expect(seen.get("controlpath")).toBe(socket);
    expect(seen.get("proxycommand")).toBeUndefined();
    expect(seen.get("user")).not.toBe("ec2-user");
  });
});

describe("known_hosts", () => {
  it("has a line for each host's alias", () => {
    expect(knownHosts(new Map([["i-0a1", "ssh-ed25519 AAAA"]]))).toBe("i-0a1 ssh-ed25519 AAAA\n");
  });
});
