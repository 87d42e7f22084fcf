import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ObjectStore } from "../../src/adapters/aws/object-store.js";
import { simulatorId } from "../../src/simulator/names.js";
import { findSupervisor } from "../../src/simulator/presence.js";
import { Simulator } from "../../src/simulator/simulator.js";
import { Cli, docker } from "../support/cli.js";
import { Cloud, clientOptions, launched } from "../support/simulator.js";

const folder = mkdtempSync(join(tmpdir(), "psd-simulator-"));
const directory = join(folder, "state");
process.env.PYSPARK_DEPLOY_SIMULATOR_DIRECTORY = directory;
const cli = new Cli(folder);
const TRUSTED = "/etc/docker/certs.d";

let simulator: Simulator;
let cloud: Cloud;
let ids: readonly string[];

const describeInstance = async (id: string) => {
  const answer = await cloud.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return answer.Reservations?.[0]?.Instances?.[0];
};
const stateOf = async (id: string) => (await describeInstance(id))?.State?.Name;
const addressOf = async (id: string) => (await describeInstance(id))?.PublicIpAddress ?? "";
const idAt = (at: number) => ids[at] ?? "";

const find = async () => {
  const found = await Simulator.find({ directory });
  if (!found) throw new Error("the simulator does not run");
  return found;
};

/** Runs a line of shell in a host, over SSH with the key that the instance was launched with. */
async function onHost(id: string, line: string, input = "") {
  const options = [
    ...["-i", join(folder, "key"), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"],
    ...["-o", "LogLevel=ERROR", "-o", "ConnectTimeout=2", "-o", "IdentitiesOnly=yes"],
  ];
  const { stdout, stderr, exitCode } = await execa(
    "ssh",
    [...options, `ec2-user@${await addressOf(id)}`, line],
    {
      input,
      reject: false,
    },
  );
  return { stdout, stderr, exitCode };
}

const answering = (id: string) =>
  vi.waitFor(async () => expect(await onHost(id, "true")).toMatchObject({ exitCode: 0 }), {
    timeout: 60_000,
    interval: 300,
  });

const METADATA = `t=$(curl -sX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
get() { curl -s -H "X-aws-ec2-metadata-token: $t" "http://169.254.169.254/latest/$1"; }`;

/** Says which service is asked; what the signature is nobody looks at. */
const SIGNED =
  "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0";

async function launch(count: number): Promise<string[]> {
  const { subnet, group } = await cloud.network();
  const template = await cloud.template(`hosts-${subnet}`, {
    ImageId: await cloud.ami(),
    KeyName: "key",
    UserData: Buffer.from("#!/bin/sh\necho booted by cloud-init >/var/tmp/booted\n").toString("base64"),
    InstanceInitiatedShutdownBehavior: "terminate",
    IamInstanceProfile: { Name: "nodes" },
    MetadataOptions: { HttpTokens: "required" },
    NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: [group] }],
  });
  // A type with an instance store.
  return launched(await cloud.fleet(template, subnet, count, ["m5d.large"]));
}

beforeAll(async () => {
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  const { exitCode, stderr } = await cli.run([
    ...["simulator", "start", "--profile-delay", "0", "--termination", "0"],
  ]);
  expect(exitCode, stderr).toBe(0);
  simulator = await find();
  cloud = new Cloud(simulator);
  await cloud.profile("nodes");
  await cloud.key("key", readFileSync(join(folder, "key.pub"), "utf8"));
  ids = await launch(2);
  await Promise.all(ids.map(answering));
});

afterAll(async () => {
  await Simulator.stop({ directory });
});

describe("simulator start, when it runs already", () => {
  it("changes nothing", async () => {
    const { env } = await cli.json<{ env: Record<string, string> }>("simulator", "start");
    expect(env).toEqual(simulator.env);
    expect(await stateOf(idAt(0))).toBe("running");
  });
});

describe("a host", () => {
  it("has booted as EC2's do: cloud-init, the user of Amazon Linux, a Docker engine", async () => {
    await vi.waitFor(
      async () => expect((await onHost(idAt(0), "cat /var/tmp/booted")).stdout).toBe("booted by cloud-init"),
      { timeout: 30_000 },
    );
    const { stdout } = await onHost(
      idAt(0),
      "id -un; docker info --format '{{.ServerVersion}}'; sudo id -un; hostname -I",
    );
    const [user, version, root, address] = stdout.split("\n");
    expect([user, root]).toEqual(["ec2-user", "root"]);
    expect(version).toMatch(/^\d+\./);
    expect(address).toContain(await addressOf(idAt(0)));
  });

  it("reaches the others, and the API", async () => {
    const other = await addressOf(idAt(1));
    const { stdout } = await onHost(
      idAt(0),
      `ping -c 1 -W 2 ${other} >/dev/null && echo reached
curl -s -o /dev/null -w '%{http_code}' -d 'Action=DescribeRegions&Version=2016-11-15' -H '${SIGNED}' "$AWS_ENDPOINT_URL"`,
    );
    expect(stdout.split("\n")).toEqual(["reached", "200"]);
  });

  it("can't change the simulator", async () => {
    const { stdout } = await onHost(
      idAt(0),
      'curl -s -o /dev/null -w "%{http_code}" "$AWS_ENDPOINT_URL/simulator/settings"',
    );
    expect(stdout).toBe("404");
  });

  it("has a metadata service of version 2, with credentials that S3 takes", async () => {
    const { stdout } = await onHost(
      idAt(0),
      `${METADATA}
get meta-data/instance-id; echo; get meta-data/iam/security-credentials/nodes; echo
curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/`,
    );
    const [id, credentials, unsigned] = stdout.split("\n");
    expect([id, unsigned]).toEqual([idAt(0), "401"]);
    const { AccessKeyId, SecretAccessKey, Token } = JSON.parse(credentials ?? "") as Record<string, string>;
    const store = new ObjectStore({
      endpoint: simulator.env.AWS_ENDPOINT_URL_S3,
      region: "us-east-1",
      credentials: {
        accessKeyId: AccessKeyId ?? "",
        secretAccessKey: SecretAccessKey ?? "",
        sessionToken: Token,
      },
    });
    await store.putFolder({ bucket: "simulated", key: "folder/" });
  });

  it("has its instance store under the names of the real one, and formats nothing else", async () => {
    const { stdout, exitCode, stderr } = await onHost(
      idAt(0),
      `set -e
disk=$(ls /dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_*)
sudo mdadm --create /dev/md0 --level=0 --force --raid-devices=1 "$disk"
sudo blkid /dev/md0 || echo unformatted
sudo mkfs.xfs -q /dev/md0
sudo blkid -o value -s TYPE /dev/md0
sudo mkdir -p /mnt/store && sudo mount -o noatime /dev/md0 /mnt/store && sudo touch /mnt/store/kept
findmnt -no TARGET /mnt/store
for disk in /dev/vda /dev/sda /dev/nvme0n1; do sudo mkfs.ext4 "$disk" 2>/dev/null || echo refused; done`,
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout.split("\n")).toEqual(["unformatted", "xfs", "/mnt/store", "refused", "refused", "refused"]);
  });
});

describe("the registry", () => {
  it("is ECR's: what the laptop pushes, ECR describes and a host pulls by digest", async () => {
    const ecr = new ECRClient(clientOptions(simulator));
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: "team/image" }));
    const uri = repository?.repositoryUri ?? "";
    expect(uri).toBe(`${simulator.registry}/team/image`);
    const { authorizationData = [] } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const [user = "", password = ""] = Buffer.from(authorizationData[0]?.authorizationToken ?? "", "base64")
      .toString()
      .split(":");
    const config = ["--config", mkdtempSync(join(tmpdir(), "psd-docker-"))];
    const login = ["login", "--username", user, "--password-stdin"];
    await execa("docker", [...config, ...login, authorizationData[0]?.proxyEndpoint ?? ""], {
      input: password,
    });
    const image = `${uri}:one`;
    await docker("tag", process.env.PYSPARK_DEPLOY_SIMULATOR_FROM ?? "debian:bookworm-slim", image);
    await docker(...config, "push", "--quiet", image);
    await docker("image", "rm", image);
    const { imageDetails = [] } = await ecr.send(
      new DescribeImagesCommand({ repositoryName: "team/image", imageIds: [{ imageTag: "one" }] }),
    );
    const digest = imageDetails[0]?.imageDigest ?? "";
    const pulled = await onHost(
      idAt(0),
      `docker ${login.join(" ")} ${simulator.registry} >/dev/null 2>&1
docker pull --quiet ${uri}@${digest} && docker run --rm --network host ${uri}@${digest} echo runs`,
      password,
    );
    expect(pulled.stdout.split("\n"), pulled.stderr).toEqual([`${uri}@${digest}`, "runs"]);
    expect((await onHost(idAt(1), `docker pull --quiet ${uri}@${digest}`)).exitCode).not.toBe(0);
  });
});

describe("a host that reboots", () => {
  it("is the same instance, with what it had on its disks", async () => {
    const boot = async () => (await onHost(idAt(0), "cat /proc/1/stat | cut -d' ' -f22")).stdout;
    const before = await boot();
    await onHost(idAt(0), "sudo systemctl reboot");
    await vi.waitFor(async () => expect(await boot()).toMatch(new RegExp(`^(?!${before}$)\\d+$`)), {
      timeout: 60_000,
      interval: 300,
    });
    expect(await stateOf(idAt(0))).toBe("running");
    expect((await onHost(idAt(0), "cat /var/tmp/booted")).stdout).toBe("booted by cloud-init");
  });
});

describe("a host that powers off", () => {
  it("becomes a terminated instance, and nothing of it is left", async () => {
    await onHost(idAt(1), "sudo systemctl poweroff");
    await expect.poll(() => stateOf(idAt(1)), { timeout: 30_000 }).toBe("terminated");
    const left = async () => (await simulator.leftovers()).filter((name) => name.includes(idAt(1)));
    await expect.poll(left, { timeout: 30_000 }).toEqual([]);
    expect(await stateOf(idAt(0))).toBe("running");
  });
});

describe("an instance that is terminated", () => {
  it("takes its host and the host's volumes with it", async () => {
    await cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [idAt(0)] }));
    const left = async () => (await simulator.leftovers()).filter((name) => name.includes(idAt(0)));
    await expect.poll(left, { timeout: 30_000 }).toEqual([]);
  });
});

describe("simulator stop", () => {
  it("leaves nothing, also when the supervisor was killed and its state is gone", async () => {
    const [id = ""] = await launch(1);
    const boots = async () => (await simulator.leftovers()).some((name) => name.includes(id));
    await expect.poll(boots, { timeout: 30_000 }).toBe(true);
    const registry = simulator.registry ?? "";
    expect(existsSync(join(TRUSTED, registry))).toBe(true);
    process.kill((await findSupervisor(simulatorId(directory))) ?? 0, "SIGKILL");
    await execa("rm", ["-r", directory]);
    expect(await simulator.leftovers()).not.toEqual([]);
    await cli.json("simulator", "stop");
    expect(await simulator.leftovers()).toEqual([]);
    expect(readdirSync(TRUSTED)).not.toContain(registry);
    await expect
      .poll(() =>
        fetch(simulator.env.AWS_ENDPOINT_URL ?? "").then(
          () => true,
          () => false,
        ),
      )
      .toBe(false);
  });

  it("says so when there is none", async () => {
    expect(await cli.json("simulator", "stop")).toEqual({ stopped: false });
    expect((await cli.run(["simulator", "env"])).exitCode).toBe(5);
  });
});
