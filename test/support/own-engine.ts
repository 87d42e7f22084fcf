import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";

/** A second Docker engine beside the one of this machine, for tests that have to restart it. Needs root. */
export class OwnEngine {
  // Not below TMPDIR: a socket's path has to be short.
  readonly #folder = mkdtempSync("/tmp/psd-engine-");
  #process: ChildProcess | undefined;

  get host(): string {
    return `unix://${this.#folder}/docker.sock`;
  }

  async docker(...args: readonly string[]): Promise<string> {
    return (await execa("docker", ["--host", this.host, ...args])).stdout.trim();
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, "log"), "a");
    const places = ["data-root", "exec-root"].map((place) => `--${place}=${join(this.#folder, place)}`);
    // Without iptables: two engines would undo each other's rules.
    const own = ["--bridge=none", "--iptables=false", "--default-address-pool=base=172.29.0.0/16,size=24"];
    const files = [`--host=${this.host}`, `--pidfile=${join(this.#folder, "pid")}`];
    this.#process = spawn("dockerd", [...places, ...own, ...files], { stdio: ["ignore", log, log] });
    const answers = () =>
      this.docker("info").then(
        () => true,
        () => false,
      );
    await expect.poll(answers, { timeout: 60_000, interval: 200 }).toBe(true);
  }

  /** Copies images from this machine's engine. */
  async load(...images: readonly string[]): Promise<void> {
    const save = execa("docker", ["save", ...images], { stdout: "pipe", buffer: false });
    await Promise.all([save, execa("docker", ["--host", this.host, "load"], { stdin: save.stdout })]);
  }

  async stop(): Promise<void> {
    const process = this.#process;
    if (!process || process.exitCode !== null) return;
    process.kill("SIGTERM");
    await once(process, "exit");
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
