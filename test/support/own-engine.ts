import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { vi } from "vitest";

const networkOf = (pid: number | "self" | undefined) => readlinkSync(`/proc/${pid}/ns/net`);

/**
 * A second Docker engine beside the one of this machine, for tests that have to restart it. It has a network of its own,
 * so that neither meets the other's bridges and firewall rules. Needs root.
 */
export class OwnEngine {
  // Not below TMPDIR: a socket's path has to be short.
  readonly #folder = mkdtempSync("/tmp/psd-engine-");
  /** Holds the network; it is gone when this process is. */
  readonly #network = spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" });
  #dockerd: ChildProcess | undefined;

  get host(): string {
    return `unix://${this.#folder}/docker.sock`;
  }

  /** What runs a program where this engine's published ports are. */
  get inside(): readonly string[] {
    return ["nsenter", `--net=/proc/${this.#network.pid}/ns/net`];
  }

  async docker(...args: readonly string[]): Promise<string> {
    return (await execa("docker", ["--host", this.host, ...args])).stdout.trim();
  }

  async start(): Promise<void> {
    const [file = "", ...inside] = this.inside;
    // Before `unshare` has done its work the process is still in the machine's own network.
    await vi.waitFor(() => {
      if (networkOf("self") === networkOf(this.#network.pid)) throw new Error("no network of its own");
    });
    await execa(file, [...inside, "ip", "link", "set", "lo", "up"]);
    const log = openSync(join(this.#folder, "log"), "a");
    const places = ["data-root", "exec-root"].map((place) => `--${place}=${join(this.#folder, place)}`);
    const names = ["--containerd-namespace=psd-engine", "--containerd-plugins-namespace=psd-engine-plugins"];
    const files = [`--host=${this.host}`, `--pidfile=${join(this.#folder, "pid")}`];
    this.#dockerd = spawn(file, [...inside, "dockerd", ...places, ...names, ...files], {
      stdio: ["ignore", log, log],
    });
    await vi.waitFor(() => this.docker("info"), { timeout: 60_000, interval: 200 });
  }

  /** Copies images from this machine's engine. */
  async load(...images: readonly string[]): Promise<void> {
    await execa("sh", ["-c", 'docker save "$@" | docker --host "$0" load', this.host, ...images]);
  }

  async stop(): Promise<void> {
    const dockerd = this.#dockerd;
    if (!dockerd || dockerd.exitCode !== null) return;
    dockerd.kill("SIGTERM");
    await once(dockerd, "exit");
  }

  async remove(): Promise<void> {
    await this.stop();
    this.#network.kill();
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
    for (const place of mounts.map((line) => line.split(" ")[1] ?? "").reverse())
      if (place.startsWith(`${this.#folder}/`)) await execa("umount", [place], { reject: false });
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
