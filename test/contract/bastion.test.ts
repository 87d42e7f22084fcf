import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DockerEngine } from "../../src/adapters/docker/engine.js";
import { Bastion, bastionSocket } from "../../src/adapters/ssh/bastion.js";
import { closeConnections, SshConnections } from "../../src/adapters/ssh/connection.js";
import { accepts } from "../../src/adapters/ssh/reach.js";
import { socketDirectory } from "../../src/adapters/ssh/sockets.js";
import { ClusterFiles } from "../../src/providers/aws/files.js";
import { Reporter } from "../../src/report/events.js";
import { ensureHostImage } from "../../src/simulator/host-image.js";
import { BastionHost } from "../support/bastion.js";
import { docker } from "../support/cli.js";

const id = randomBytes(6).toString("hex");
const network = `bastion-test-${id}`;
const base = `10.79.${randomInt(256)}`;
const node = `${base}.20`;
const folder = mkdtempSync(join(tmpdir(), "psd-bastion-"));
const files = new ClusterFiles(folder, id);
let bastion: BastionHost;
let connections: SshConnections;

/** A node that takes SSH from the bastion alone. */
async function startNode(image: string): Promise<void> {
  const setUp = [
    `iptables -A INPUT -p tcp --dport 22 ! -s ${base}.10 -j REJECT`,
    "useradd --create-home --password '*' ec2-user",
    "install -D -o ec2-user -m 600 /keys/id_ed25519.pub /home/ec2-user/.ssh/authorized_keys",
    "install -m 600 /keys/node /etc/ssh/node",
    "mkdir -p /run/sshd",
    "exec /usr/sbin/sshd -D -o HostKey=/etc/ssh/node",
  ].join(" && ");
  await docker(
    ...["run", "--detach", "--name", `${network}-node`, "--network", network, "--ip", node],
    ...["--cap-add", "NET_ADMIN", "--volume", `${folder}:/keys:ro`, "--entrypoint", "sh", image, "-c", setUp],
  );
}

beforeAll(async () => {
  chmodSync(folder, 0o755);
  const image = await ensureHostImage({
    engine: new DockerEngine(),
    env: process.env,
    build: {},
    report: new Reporter(() => {}),
  });
  await docker("network", "create", "--subnet", `${base}.0/24`, network);
  for (const name of ["id_ed25519", "node"])
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)]);
  [bastion] = await Promise.all([
    BastionHost.start({ folder, network, address: `${base}.10`, image }),
    startNode(image),
  ]);
  vi.stubEnv("PATH", `${bastion.path}:${process.env.PATH}`);
  const hostKey = readFileSync(join(folder, "node.pub"), "utf8").trim();
  const found = { name: "master", role: "master", instance: "i-1", type: "m7i.large", zone: "a" } as const;
  await files.writeNodes([{ ...found, privateIp: node, address: node }], hostKey, bastion.place);
  connections = new SshConnections(files.sshConfig, id, () => undefined);
});

afterAll(async () => {
  await closeConnections(id);
  await bastion?.stop();
  await docker("rm", "--force", `${network}-node`);
  await docker("network", "rm", network);
  vi.unstubAllEnvs();
});

async function way(place = bastion.place) {
  return new Bastion(place, bastionSocket(await socketDirectory(), id));
}

describe("a node behind a bastion", () => {
  it("is found through it, and where nothing listens nothing is found", async () => {
    const through = await way();
    await vi.waitFor(() => through.open(), { timeout: 20_000, interval: 200 });
    await vi.waitFor(async () => expect(await through.reaches(node, 22)).toBe(true), {
      timeout: 20_000,
      interval: 200,
    });
    expect(await through.reaches(node, 23)).toBe(false);
    expect(await through.reaches(`${base}.99`, 22)).toBe(false);
    expect(await accepts(node, 22)).toBe(false);
  });

  it("is worked with through it, many times at once, although it takes two logins at once", async () => {
    const five = Array.from({ length: 5 }, (_, index) => connections.run("master", `echo ${index}`));
    expect((await Promise.all(five)).map(({ stdout }) => stdout.trim())).toEqual([..."01234"]);
    const { stdout } = await execa("ssh", [
      "-F",
      files.sshConfig,
      "-o",
      "ControlPath=none",
      "master",
      "echo $SSH_CLIENT",
    ]);
    expect(stdout.split(" ")[0]).toBe(`${base}.10`);
  });

  it("is not trusted when it shows another key than its own", async () => {
    const changed = new ClusterFiles(mkdtempSync(join(tmpdir(), "psd-other-")), `other${id}`);
    const other = { name: "master", role: "master", instance: "i-2", type: "m7i.large", zone: "a" } as const;
    const key = readFileSync(join(folder, "bastion.pub"), "utf8").trim();
    await changed.writeNodes([{ ...other, privateIp: node, address: node }], key, bastion.place);
    const there = new SshConnections(changed.sshConfig, `other${id}`, () => undefined);
    await expect(there.run("master", "true")).rejects.toThrow(/shows another host key/);
    expect(await there.showsItsKey("master")).toBe(false);
    expect(await connections.showsItsKey("master")).toBe(true);
    await closeConnections(`other${id}`);
  });

  it("leaves no connection to the bastion behind when all are closed", async () => {
    const { stdout: before } = await execa("pgrep", ["-f", `${id.slice(0, 12)}-bastion`], { reject: false });
    expect(before).not.toBe("");
    await closeConnections(id);
    await vi.waitFor(
      async () => {
        const { stdout } = await execa("pgrep", ["-f", `${id.slice(0, 12)}-bastion`], { reject: false });
        expect(stdout).toBe("");
      },
      { timeout: 10_000, interval: 200 },
    );
  });
});

describe("a bastion", () => {
  it("that does not know the user is named, with what to try", async () => {
    await expect((await way(`nobody@${base}.10`)).open()).rejects.toMatchObject({
      exitCode: 5,
      message: `The bastion nobody@${base}.10 can't be reached by SSH.`,
      hint: expect.stringContaining("ssh-add"),
      output: expect.stringMatching(/Permission denied/),
    });
  });

  it("whose host key the user has never seen is not trusted", async () => {
    const stranger = new Bastion("ops@stranger", bastionSocket(await socketDirectory(), `x${id}`));
    await expect(stranger.open()).rejects.toMatchObject({
      exitCode: 5,
      hint: "Its host key is not in your known_hosts: connect once and compare it: ssh ops@stranger",
    });
  });

  it("that went away is told of apart from the nodes", async () => {
    await docker("stop", "--time", "1", bastion.container);
    await expect(connections.run("master", "true")).rejects.toMatchObject({
      message: "master can't be reached through the bastion.",
      hint: expect.stringContaining(`ssh ops@${base}.10 true`),
    });
  });
});
