import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { setHostKeys } from "../../src/adapters/ansible/known-hosts.js";
import { DockerEngine } from "../../src/adapters/docker/engine.js";
import { readUserDataFiles } from "../../src/adapters/user-data-files.js";
import { assetPath } from "../../src/assets.js";
import { renderUserData, type UserDataRequest } from "../../src/plan/aws/user-data.js";
import { Reporter } from "../../src/report/events.js";
import { ensureHostImage } from "../../src/simulator/host-image.js";
import { docker } from "./cli.js";

const REGISTRY_PORT = 5000;
const INSTANCE_STORE_BYTES = 64 * 1024 * 1024;

export interface Host {
  readonly node: string;
  readonly address: string;
  readonly container: string;
}

export interface HostOptions {
  readonly instanceStoreDisks?: number;
  /** Seconds from now. */
  readonly deadlineSeconds?: number;
  readonly image: string;
}

interface EcrCall {
  readonly target: string;
  readonly authorization: string;
}

async function waitFor(what: string, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await probe().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Hosts as EC2 boots them (systemd, cloud-init, sshd, an engine of their own, instance metadata), with a registry that
 * wants ECR's password and what of ECR's API gives it.
 */
export class Hosts {
  readonly folder = mkdtempSync(join(tmpdir(), "hosts-"));
  readonly ecrCalls: EcrCall[] = [];
  readonly #id = `nodes-test-${randomBytes(4).toString("hex")}`;
  readonly #password = randomBytes(12).toString("hex");
  readonly #hosts: Host[] = [];
  #server: Server | undefined;
  #image = "";
  #gateway = "";
  #registry = "";

  static async start(): Promise<Hosts> {
    const hosts = new Hosts();
    await hosts.#start();
    return hosts;
  }

  get sshConfig(): string {
    return join(this.folder, "ssh_config");
  }
  get knownHosts(): string {
    return join(this.folder, "known_hosts");
  }
  get directory(): string {
    return join(this.folder, "ansible");
  }
  /** The host key that all hosts boot with. */
  get bootstrapKey(): { readonly private: string; readonly public: string } {
    return {
      private: readFileSync(join(this.folder, "bootstrap"), "utf8"),
      public: readFileSync(join(this.folder, "bootstrap.pub"), "utf8").trim(),
    };
  }

  /** That of simulated hosts. */
  get image(): string {
    return this.#image;
  }

  async #start(): Promise<void> {
    this.#image = await ensureHostImage({
      engine: new DockerEngine(),
      env: process.env,
      build: {},
      report: new Reporter(() => {}),
    });
    // A network of its own choice has no addresses of our choice.
    const base = `10.78.${randomInt(256)}`;
    this.#gateway = `${base}.1`;
    await docker("network", "create", "--subnet", `${base}.0/24`, "--gateway", this.#gateway, this.#id);
    for (const name of ["bootstrap", "id_ed25519"])
      await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(this.folder, name)]);
    await this.#startRegistry();
    this.#startEcr();
    writeFileSync(this.knownHosts, "");
    writeFileSync(
      this.sshConfig,
      [
        "Host *",
        `  IdentityFile ${join(this.folder, "id_ed25519")}`,
        `  UserKnownHostsFile ${this.knownHosts}`,
        "  User ec2-user\n  IdentitiesOnly yes\n  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 5\n",
      ].join("\n"),
    );
  }

  async #startRegistry(): Promise<void> {
    const folder = join(this.folder, "registry");
    mkdirSync(folder);
    const name = `${this.#id}-registry`;
    const base = this.#gateway.split(".").slice(0, 3).join(".");
    const address = `${base}.250`;
    this.#registry = `${address}:${REGISTRY_PORT}`;
    await execa("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
      ...["-subj", "/CN=registry", "-addext", `subjectAltName=IP:${address}`],
      ...["-keyout", join(folder, "registry.key"), "-out", join(folder, "registry.crt")],
    ]);
    writeFileSync(join(folder, "credentials"), `AWS ${this.#password}\n`);
    chmodSync(folder, 0o755);
    await docker(
      ...["run", "--detach", "--name", name, "--network", this.#id, "--ip", address],
      ...["--volume", `${folder}:/etc/simulator-registry:ro`, "--env", `REGISTRY_ADDRESS=:${REGISTRY_PORT}`],
      ...["--entrypoint", "start-registry", this.#image],
    );
    const certificates = `/etc/docker/certs.d/${this.#registry}`;
    mkdirSync(certificates, { recursive: true });
    writeFileSync(join(certificates, "ca.crt"), readFileSync(join(folder, "registry.crt")));
  }

  /** ECR's GetAuthorizationToken, as the credential helper of a host calls it. */
  #startEcr(): void {
    const token = Buffer.from(`AWS:${this.#password}`).toString("base64");
    const header = (request: IncomingMessage, name: string) => String(request.headers[name] ?? "");
    this.#server = createServer((request, response) => {
      this.ecrCalls.push({
        target: header(request, "x-amz-target"),
        authorization: header(request, "authorization"),
      });
      response.setHeader("Content-Type", "application/x-amz-json-1.1");
      response.end(JSON.stringify({ authorizationData: [{ authorizationToken: token }] }));
    });
    this.#server.listen(0, this.#gateway);
  }

  get #endpoint(): string {
    const address = this.#server?.address();
    return `http://${this.#gateway}:${typeof address === "object" ? address?.port : ""}`;
  }

  /** Builds an image and pushes it; returns its name by digest. */
  async push(name: string, dockerfile: string): Promise<string> {
    const tag = `${this.#registry}/${name}:1`;
    await execa("docker", ["build", "--quiet", "--tag", tag, "-"], {
      input: dockerfile,
      env: { DOCKER_BUILDKIT: "0" },
    });
    const config = join(this.folder, "docker");
    await waitFor("the registry", async () => {
      const login = ["--config", config, "login", "--username", "AWS", "--password-stdin", this.#registry];
      return (await execa("docker", login, { input: this.#password })).exitCode === 0;
    });
    await docker("--config", config, "push", "--quiet", tag);
    const digests = await docker("image", "inspect", tag, "--format", '{{join .RepoDigests "\\n"}}');
    await docker("image", "rm", tag);
    const found = digests.split("\n").find((digest) => digest.startsWith(`${this.#registry}/`));
    if (found === undefined) throw new Error(`no digest of ${tag}`);
    return found;
  }

  missing(name: string): string {
    return `${this.#registry}/${name}@sha256:${"0".repeat(64)}`;
  }

  userData(options: HostOptions): UserDataRequest {
    return {
      deadline: new Date(Date.now() + (options.deadlineSeconds ?? 3600) * 1000).toISOString(),
      hostKey: this.bootstrapKey,
      image: options.image,
      registry: { kind: "ecr" },
      region: "eu-central-1",
      endpointUrl: this.#endpoint,
    };
  }

  /** Boots a host; returns when its SSH port answers. */
  async boot(node: string, options: HostOptions): Promise<Host> {
    const container = `${this.#id}-${node}`;
    const base = this.#gateway.split(".").slice(0, 3).join(".");
    const address = `${base}.${10 + this.#hosts.length}`;
    const host = { node, address, container };
    this.#hosts.push(host);
    const files = await readUserDataFiles(assetPath("templates/user-data"));
    const seed = join(this.folder, node, "seed");
    const metadata = join(this.folder, node, "metadata");
    mkdirSync(seed, { recursive: true });
    mkdirSync(metadata, { recursive: true });
    const key = readFileSync(join(this.folder, "id_ed25519.pub"), "utf8").trim();
    writeFileSync(join(seed, "user-data"), renderUserData(this.userData(options), files));
    writeFileSync(
      join(seed, "meta-data"),
      JSON.stringify({ "instance-id": `i-${node}`, "public-keys": [key] }),
    );
    writeFileSync(
      join(metadata, "metadata.json"),
      JSON.stringify({
        tokens: "required",
        endpoint: "enabled",
        paths: {},
        credentials: { role: "node", accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
        instanceStore: { disks: options.instanceStoreDisks ?? 0, bytesEach: INSTANCE_STORE_BYTES },
      }),
    );
    const certificate = join(this.folder, "registry", "registry.crt");
    writeFileSync(this.knownHosts, `${address} ${this.bootstrapKey.public}\n`, { flag: "a" });
    writeFileSync(this.sshConfig, `Host ${node}\n  HostName ${address}\n`, { flag: "a" });
    await docker(
      ...["run", "--detach", "--name", container, "--network", this.#id, "--ip", address],
      ...["--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--cgroupns", "private"],
      ...["seccomp", "apparmor", "systempaths"].flatMap((part) => ["--security-opt", `${part}=unconfined`]),
      ...["--tmpfs", "/run:exec", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec"],
      ...["--volume", "/var/lib/docker", "--volume", "/var/lib/simulator"],
      ...["--volume", `${seed}:/var/lib/cloud/seed/nocloud:ro`, "--volume", `${metadata}:/etc/simulator:ro`],
      ...["--mount", `type=bind,source=${certificate},target=/etc/docker/certs.d/${this.#registry}/ca.crt`],
      this.#image,
    );
    await this.answers(host);
    return host;
  }

  /** Waits until the host's SSH port answers. */
  answers({ address }: Host): Promise<void> {
    return waitFor(`SSH of ${address}`, async () => {
      const { stdout } = await execa("ssh-keyscan", ["-T", "1", "-t", "ed25519", address]);
      return stdout.includes("ssh-ed25519");
    });
  }

  /** Runs a command on a host over SSH, host key checked. */
  async ssh(host: Host, command: string): Promise<string> {
    return (await execa("ssh", ["-F", this.sshConfig, host.node, command])).stdout.trim();
  }

  /** What cloud-init read, unpacked. */
  userDataOf({ node }: Host): string {
    return gunzipSync(readFileSync(join(this.folder, node, "seed", "user-data"))).toString();
  }

  /** Makes another key the known one of a host. */
  trust({ address }: Host, key: string): void {
    setHostKeys(this.knownHosts, new Map([[address, key]]));
  }

  restoreKnownHosts(content: string): void {
    writeFileSync(this.knownHosts, content);
  }

  async isRunning({ container }: Host): Promise<boolean> {
    return (await docker("inspect", "--format", "{{.State.Running}}", container)) === "true";
  }

  async stop(): Promise<void> {
    this.#server?.close();
    const names = [...this.#hosts.map(({ container }) => container), `${this.#id}-registry`];
    await execa("docker", ["rm", "--force", "--volumes", ...names], { reject: false });
    await execa("docker", ["network", "rm", this.#id], { reject: false });
    rmSync(`/etc/docker/certs.d/${this.#registry}`, { recursive: true, force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
