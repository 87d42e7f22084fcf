import { mkdtempSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureAnsible } from "../../src/adapters/ansible/install.js";
import { closeConnections, SshConnections } from "../../src/adapters/ssh/connection.js";
import { accepts } from "../../src/adapters/ssh/reach.js";
import { assetPath } from "../../src/assets.js";
import { BootPlace, configureByBoot } from "../../src/providers/aws/boot.js";
import { waitForSsh } from "../../src/providers/aws/configure.js";
import { configureNodes, type NodesRequest, workersReady } from "../../src/providers/aws/nodes-up.js";
import { Simulator } from "../../src/simulator/simulator.js";
import { docker } from "../support/cli.js";
import { LIGHT_CIDR, LightClouds, quietContext } from "../support/light-cluster.js";
import { makeBucket, stateIn } from "../support/team-state.js";

const WORKERS = 9;
const context = quietContext();
const directory = mkdtempSync(join(tmpdir(), "psd-light-simulator-"));
const BUCKET = "team-state";
let simulator: Simulator;
let push: NodesRequest;
let boot: NodesRequest;
let place: BootPlace;

const hostOf = async ({ nodes }: NodesRequest, name: string) => {
  const instance = nodes.find((node) => node.name === name)?.instance;
  return (await simulator.hosts()).find((host) => host.instance === instance)?.container ?? "";
};

const inHost = async (request: NodesRequest, name: string, script: string): Promise<string> =>
  docker("exec", await hostOf(request, name), "bash", "-ec", script);

beforeAll(async () => {
  simulator = await Simulator.start({
    directory,
    hosts: "light",
    cidr: LIGHT_CIDR,
    profileDelaySeconds: 0,
    terminationSeconds: 0,
  });
  Object.assign(process.env, simulator.env);
  await makeBucket(BUCKET);
  place = new BootPlace(stateIn(BUCKET, "psd"), "c0ffeeboot");
  const clouds = new LightClouds(simulator);
  const bundle = { ...(await place.role()), region: "us-east-1", seconds: 120 };
  [push, boot] = [await clouds.launch("push", WORKERS), await clouds.launch("boot", WORKERS, bundle)];
});

afterAll(async () => {
  await simulator?.stop();
});

describe("the role on light hosts", () => {
  it("is run by Ansible, through SSH with strict host keys, until all workers are ALIVE", async () => {
    const { program } = await ensureAnsible({
      requirements: assetPath("ansible/requirements.txt"),
      cacheDirectory: join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pyspark-deploy"),
    });
    await waitForSsh(push.nodes, 60, context, accepts);
    const configured = await configureNodes(push, program, context);
    expect(configured.map(({ parityKey }) => parityKey)).toEqual(
      push.nodes.map(() => push.plan.image.parityKey),
    );
    await workersReady(push, context);
  });

  it("is run by the nodes themselves, which tell their host keys; nothing of it stays on S3", async () => {
    const configured = await configureByBoot(boot, place, context);
    expect(configured).toHaveLength(WORKERS + 1);
    await workersReady(boot, context);
    const keys = readFileSync(boot.files.knownHosts, "utf8").trim().split("\n");
    expect(new Set(keys.map((line) => line.split(" ")[2])).size).toBe(WORKERS + 1);
    await place.remove();
    expect(await stateIn(BUCKET, "psd").list("")).toEqual([]);
  });

  it("makes the same files and containers, whoever runs it", async () => {
    const files = "cd /etc/pyspark-deploy; find conf -type f -printf '%p %m %U ' -exec sha256sum {} ';'";
    const units = "cat /etc/systemd/system/pyspark-deploy-watchdog.* /usr/local/sbin/pyspark-deploy-watchdog";
    const containers = "docker ps --all --format '{{.Names}} {{.State}} {{.Command}}'";
    for (const [name, script] of [
      ["master", files],
      ["worker-1", `${files}; ${units}`],
      ["master", containers],
    ] as const) {
      const [one, other] = await Promise.all([push, boot].map((request) => inHost(request, name, script)));
      expect(other?.replaceAll("boot", "push")).toBe(one?.replaceAll("boot", "push"));
    }
  });

  it("leaves a node its own host key, and no secret beside Spark's configuration", async () => {
    const { clusterId } = boot.plan.identity;
    const connections = new SshConnections(boot.files.sshConfig, clusterId, () => undefined);
    const { stdout } = await connections.run("worker-3", "sudo find /run/pyspark-deploy -name role");
    expect(stdout).toBe("");
    await closeConnections(clusterId);
  });
});
