import { describe, expect, it } from "vitest";
import { FIXES, fixFor, fixForMissing, identifySystem } from "../../../src/plan/fixes.js";

const LINUX = "Linux version 6.8.0-45-generic (buildd@lcy02)";
const MICROSOFT = "Linux version 5.15.153.1-microsoft-standard-WSL2 (root@941d701f84f1)";

describe("the system", () => {
  it.each([
    ["Debian", "linux", 'PRETTY_NAME="Debian GNU/Linux 13"\nID=debian\n', LINUX, "debian"],
    ["Ubuntu", "linux", "ID=ubuntu\nID_LIKE=debian\n", LINUX, "debian"],
    ["Linux Mint", "linux", 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', LINUX, "debian"],
    ["Fedora", "linux", "ID=fedora\nVERSION_ID=43\n", LINUX, "fedora"],
    ["Rocky Linux", "linux", 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', LINUX, "fedora"],
    ["Arch Linux", "linux", "ID=arch\n", LINUX, "linux"],
    ["a Linux that says nothing", "linux", "", "", "linux"],
    ["Ubuntu on WSL", "linux", "ID=ubuntu\nID_LIKE=debian\n", MICROSOFT, "wsl"],
    ["macOS", "darwin", "", "", "macos"],
  ])("%s", (_, platform, osRelease, kernel, expected) => {
    expect(identifySystem({ platform, osRelease, kernel })).toBe(expected);
  });
});

describe("the fix", () => {
  it.each([
    ["docker-missing", "debian", "apt-get install -y docker.io"],
    ["docker-missing", "fedora", "dnf install -y moby-engine"],
    ["docker-missing", "macos", "brew install --cask docker-desktop"],
    ["docker-missing", "wsl", "winget.exe install Docker.DockerDesktop"],
    ["docker-permission", "debian", "usermod -aG docker $USER"],
    ["docker-permission", "fedora", "usermod -aG docker $USER"],
    ["docker-permission", "macos", "docker context use desktop-linux"],
    ["docker-permission", "wsl", "usermod -aG docker $USER"],
    ["docker-stopped", "debian", "systemctl enable --now docker"],
    ["docker-stopped", "fedora", "systemctl enable --now docker"],
    ["docker-stopped", "macos", "open -a Docker"],
    ["docker-stopped", "wsl", "WSL integration"],
    ["buildx-missing", "debian", "apt-get install -y docker-buildx"],
    ["buildx-missing", "fedora", "dnf install -y docker-buildx"],
    ["engine-memory", "macos", "Settings > Resources > Memory"],
    ["engine-memory", "wsl", ".wslconfig"],
    ["node-version", "macos", "brew install node@22"],
    ["network-in-use", "debian", "systemctl restart docker"],
    ["network-in-use", "macos", "restart Docker Desktop"],
    ["loopback", "macos", "ifconfig lo0"],
    ["loopback", "debian", "ip link set lo up"],
  ] as const)("of %s on %s names %s", (trouble, system, command) => {
    expect(fixFor(trouble, system)).toContain(command);
  });

  it("is there for every trouble on every system, on one line", () => {
    const fixes = Object.values(FIXES).flatMap((bySystem) => Object.values(bySystem));
    expect(fixes.filter((fix) => fix.trim() === "" || fix.includes("\n"))).toEqual([]);
    expect(fixes.length).toBe(Object.keys(FIXES).length * 5);
  });

  it("of another missing program names the program", () => {
    expect(fixForMissing("tmux", "debian")).toContain("tmux");
    expect(fixForMissing("docker", "fedora")).toBe(FIXES["docker-missing"].fedora);
  });
});
