import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AnsibleEvent } from "../../src/adapters/ansible/events.js";
import type { NodeReport } from "../../src/adapters/ansible/reports.js";
import { parseImage } from "../../src/adapters/docker/image.js";
import { SshConnections } from "../../src/adapters/ssh/connection.js";
import { InterruptedError } from "../../src/errors.js";
import { lastWords } from "../../src/providers/aws/last-words.js";
import { docker } from "../support/cli.js";
import { type Host, Hosts } from "../support/hosts.js";
import {
  ansible,
  container,
  DEADLINE,
  hostVariables,
  labels,
  request,
  SECRET,
  sharedVariables,
  smallImage,
} from "../support/node-cluster.js";

let hosts: Hosts;
let image: string;
let master: Host;
let worker: Host;
const events: AnsibleEvent[] = [];

interface Change {
  readonly conf?: string;
  readonly image?: string;
  readonly workerContainers?: readonly unknown[];
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: AnsibleEvent) => void;
}

async function configure(change: Change = {}): Promise<ReadonlyMap<string, NodeReport>> {
  const runs = await ansible(change.signal);
  return runs.configure(
    request(hosts, [master, worker], {
      hosts: [
        hostVariables(master, [container("master", image), container("driver", image)]),
        hostVariables(worker, change.workerContainers ?? [container("worker-1", image)]),
      ],
      variables: sharedVariables(change.image ?? image, master, change.conf),
      onEvent: change.onEvent ?? ((event) => events.push(event)),
    }),
  );
}

const done = (reports: ReadonlyMap<string, NodeReport>) =>
  Object.fromEntries([...reports].map(([node, report]) => [node, report.done]));
const running = (host: Host) => hosts.ssh(host, "docker ps --format '{{.Names}}' | sort");

/** The arguments of every process of this machine, those of the hosts among them, while something runs. */
async function argumentsDuring(work: Promise<unknown>): Promise<string> {
  let seen = "";
  let going = true;
  const watch = (async () => {
    while (going) seen += (await execa("ps", ["-eww", "-o", "args"])).stdout;
  })();
  await work.finally(() => {
    going = false;
  });
  await watch;
  return seen;
}

const ansibleProcesses = async () => {
  const { stdout } = await execa("ps", ["-eww", "-o", "pid,args"]);
  return stdout.split("\n").filter((line) => line.includes(hosts.sshConfig));
};

beforeAll(async () => {
  hosts = await Hosts.start();
  // Of this test alone: another command's temporary files are not ours.
  process.env.TMPDIR = hosts.folder;
  image = await hosts.push("small", smallImage(hosts.image));
  [master, worker] = await Promise.all([
    hosts.boot("master", { image, instanceStoreDisks: 2 }),
    hosts.boot("worker-1", { image }),
  ]);
});
afterAll(() => hosts?.stop());

describe("hosts that have just booted", () => {
  let reports: ReadonlyMap<string, NodeReport>;
  let seen: string;

  beforeAll(async () => {
    seen = await argumentsDuring(
      configure().then((result) => {
        reports = result;
      }),
    );
  });

  it("run their containers, and say what they run as the laptop would", async () => {
    expect(await running(master)).toBe("pyspark-deploy_nodes_test_driver\npyspark-deploy_nodes_test_master");
    expect(await running(worker)).toBe("pyspark-deploy_nodes_test_worker-1");
    const inspected = await hosts.ssh(worker, `docker image inspect --format '{{json .}}' ${image}`);
    const { parityKey } = parseImage(inspected);
    expect([...reports.values()].map((report) => report.parityKey)).toEqual([parityKey, parityKey]);
    expect(hosts.ecrCalls).toContainEqual(
      expect.objectContaining({
        target: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        authorization: expect.stringContaining("Credential=AKIDEXAMPLE/"),
      }),
    );
  });

  it("have Docker's data and Spark's local folders on the instance store, else on the root volume", async () => {
    expect(reports.get("master")?.boot.disks?.detail).toBe("2 disks as RAID 0");
    expect(reports.get("worker-1")?.boot.disks?.detail).toBe("root volume");
    const settings = JSON.parse(await hosts.ssh(master, "cat /etc/docker/daemon.json"));
    expect(settings).toMatchObject({
      "userland-proxy": false,
      "live-restore": true,
      "data-root": "/var/lib/pyspark-deploy/docker",
    });
    expect(await hosts.ssh(master, "docker info --format '{{.DockerRootDir}}'")).toBe(
      "/var/lib/pyspark-deploy/docker",
    );
    expect(await hosts.ssh(master, "findmnt --noheadings --output TARGET /var/lib/pyspark-deploy")).toBe(
      "/var/lib/pyspark-deploy",
    );
    expect(await hosts.ssh(worker, "docker info --format '{{.DockerRootDir}}'")).toBe("/var/lib/docker");
  });

  it("have a host key each in place of the one that they booted with, checked from the first connection on", async () => {
    const keys = [...reports.values()].map(({ hostKey }) => hostKey);
    expect(new Set([...keys, hosts.bootstrapKey.public]).size).toBe(3);
    const known = readFileSync(hosts.knownHosts, "utf8").trim().split("\n").sort();
    expect(known).toEqual([`${master.address} ${keys[0]}`, `${worker.address} ${keys[1]}`]);
    for (const host of [master, worker]) {
      const { stdout } = await execa("ssh-keyscan", ["-t", "ed25519", host.address]);
      expect(known).toContain(stdout.trim());
    }
  });

  it("give Spark's user its configuration, and nobody else the secret", async () => {
    const listed =
      "stat --format '%a %u %n' /etc/pyspark-deploy/conf/spark-defaults.conf /etc/pyspark-deploy/conf/aws/config";
    expect(await hosts.ssh(worker, listed)).toBe(
      "400 1000 /etc/pyspark-deploy/conf/spark-defaults.conf\n444 1000 /etc/pyspark-deploy/conf/aws/config",
    );
    const inside = "docker exec pyspark-deploy_nodes_test_worker-1";
    expect(await hosts.ssh(worker, `${inside} cat /opt/spark/conf/spark-defaults.conf`)).toBe(
      `secret ${SECRET}`,
    );
    expect(await hosts.ssh(worker, `${inside} touch /var/lib/spark/x && echo written`)).toBe("written");
    expect(await hosts.ssh(worker, `${inside} printenv BRACES`)).toBe("{{ not a template }}");
    expect(await hosts.ssh(worker, `${inside} getent hosts master`)).toContain("10.78.0.10");
  });

  it("leave no trace of the secret in arguments, logs, user data or our own files", async () => {
    const encoded = Buffer.from(`secret ${SECRET}\n`).toString("base64");
    const logs = await Promise.all(
      [master, worker].map((host) =>
        hosts.ssh(
          host,
          "sudo journalctl --no-pager; sudo cat -A /var/log/*.log; docker inspect $(docker ps -q)",
        ),
      ),
    );
    const files = readdirSync(hosts.directory).map((name) =>
      readFileSync(join(hosts.directory, name), "utf8"),
    );
    const said = JSON.stringify([events, [...reports]]);
    for (const text of [seen, ...logs, ...files, said, hosts.userDataOf(worker)]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(encoded);
    }
    expect(seen).toContain("ansible-playbook");
    expect(logs[1]).toContain("pyspark_deploy_node");
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("psd-ansible-"))).toEqual([]);
  });

  it("power themselves off at the deadline that they were told last", async () => {
    expect(await hosts.ssh(worker, "cat /etc/pyspark-deploy/deadline")).toBe(String(DEADLINE));
    await hosts.ssh(worker, "sudo /usr/local/sbin/pyspark-deploy-extend 4000000000");
    expect(await hosts.ssh(worker, "cat /etc/pyspark-deploy/deadline")).toBe("4000000000");
    await configure();
    expect(await hosts.ssh(worker, "cat /etc/pyspark-deploy/deadline")).toBe(String(DEADLINE));
  });

  it("are left as they are the second time", async () => {
    const again = await configure();
    expect(done(again)).toEqual({ master: [], "worker-1": [] });
    expect([...again.values()].map(({ changed }) => changed)).toEqual([false, false]);
    expect([...again.values()].map(({ hostKey }) => hostKey)).toEqual(
      [...reports.values()].map(({ hostKey }) => hostKey),
    );
    expect(await ansibleProcesses()).toEqual([]);
  });
});

describe("hosts that run already", () => {
  it("make their containers anew when the configuration has changed; jobs go on", async () => {
    const job = `docker run --detach --name job-1 --label pyspark-deploy:cluster-id=c0ffee --label pyspark-deploy:role=job ${image} sleep 600`;
    await hosts.ssh(master, job);
    await hosts.ssh(
      worker,
      `docker run --detach --name stray ${Object.entries(labels("worker"))
        .map(([k, v]) => `--label ${k}=${v}`)
        .join(" ")} ${image} sleep 600`,
    );
    const reports = await configure({ conf: `secret ${SECRET}-2\n` });
    expect(done(reports)).toEqual({
      master: [
        "configuration",
        "replaced pyspark-deploy_nodes_test_master",
        "replaced pyspark-deploy_nodes_test_driver",
      ],
      "worker-1": ["configuration", "removed stray", "replaced pyspark-deploy_nodes_test_worker-1"],
    });
    expect(await running(master)).toContain("job-1");
    await hosts.ssh(master, "docker rm --force job-1");
  });

  it("have no file with secrets as soon as Ansible has begun", async () => {
    const found: string[] = [];
    const look = () => {
      for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith("psd-ansible-")))
        found.push(...readdirSync(join(tmpdir(), name)).filter((file) => file.startsWith("variables")));
    };
    await configure({ conf: `secret ${SECRET}-2\n`, onEvent: look });
    expect(found).toEqual([]);
  });

  it("show the last lines of a container that does not stay up", async () => {
    const broken = container("worker-1", image, ["sh", "-c", "echo no such option: --cores; exit 3"]);
    await expect(configure({ workerContainers: [broken] })).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(
        /^worker-1: The container pyspark-deploy_nodes_test_worker-1 (ended with exit code 3|does not stay up)$/,
      ),
      output: expect.stringContaining("worker-1: no such option: --cores"),
    });
    await configure();
  });

  it("name an image that can't be pulled", async () => {
    const missing = hosts.missing("small");
    await expect(configure({ image: missing })).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/worker-1: The image can't be pulled: .*manifest/),
      hint: expect.stringContaining("pyspark-deploy push"),
      output: expect.stringContaining("boot pull: done"),
    });
  });

  it("end with Ctrl-C, and nothing of Ansible stays behind", async () => {
    const controller = new AbortController();
    const stopped = configure({ signal: controller.signal, onEvent: () => controller.abort() });
    await expect(stopped).rejects.toThrow(InterruptedError);
    await expect.poll(ansibleProcesses, { timeout: 20_000 }).toEqual([]);
    await configure();
  });

  it("are named with ssh's reason when they can't be reached", async () => {
    await docker("pause", worker.container);
    try {
      await expect(configure()).rejects.toMatchObject({
        exitCode: 5,
        message: expect.stringMatching(/^worker-1 can't be reached by SSH: .*timed out/),
      });
    } finally {
      await docker("unpause", worker.container);
    }
    await configure();
  });

  it("are refused when another key answers at their address", async () => {
    const known = readFileSync(hosts.knownHosts, "utf8");
    hosts.trust(worker, hosts.bootstrapKey.public);
    await expect(configure()).rejects.toMatchObject({
      message: expect.stringMatching(/^worker-1 can't be reached by SSH: .*Host key verification failed/),
    });
    hosts.restoreKnownHosts(known);
  });
});

/** Not expect.poll: beside other tests it does not know whose it is. */
const gone = (host: Parameters<typeof hosts.isRunning>[0], timeout: number) =>
  vi.waitFor(async () => expect(await hosts.isRunning(host)).toBe(false), { timeout, interval: 300 });

describe.concurrent("a host that is left alone", () => {
  it("says at boot why the image did not come, and configure tells it", async () => {
    const alone = await hosts.boot("worker-2", { image: hosts.missing("nothing") });
    await vi.waitFor(
      async () =>
        expect(JSON.parse(await hosts.ssh(alone, "cat /run/pyspark-deploy/boot.json")).pull?.state).toBe(
          "failed",
        ),
      { timeout: 60_000, interval: 300 },
    );
    const connections = new SshConnections(hosts.sshConfig, "nodes", () => undefined);
    const words = await lastWords(connections, "worker-2", "none-such");
    expect(words).toMatch(/^boot pull: failed after .*(unknown|not found)/m);
    expect(words).toMatch(/^-- \/var\/log\/pyspark-deploy\/boot\.log\n(.*\n)*.*pull: .*(unknown|not found)/m);
    expect(words).toMatch(/^-- docker logs none-such\n.*No such container/im);
    const failure = (await ansible()).configure(
      request(hosts, [alone], {
        hosts: [hostVariables(alone, [container("worker-2", hosts.missing("nothing"))])],
        variables: sharedVariables(hosts.missing("nothing"), master),
      }),
    );
    await expect(failure).rejects.toMatchObject({
      message: expect.stringMatching(/^worker-2: The image can't be pulled/),
      output: expect.stringMatching(/boot pull: failed after [\d.]+ s, .*unknown/),
    });
  });

  it("powers itself off at its deadline, also when it was rebooted before", async () => {
    const alone = await hosts.boot("worker-3", { image, deadlineSeconds: 3600 });
    const soon = Math.floor(Date.now() / 1000) + 40;
    await hosts.ssh(alone, `sudo /usr/local/sbin/pyspark-deploy-extend ${soon}`);
    await hosts.ssh(alone, "sudo systemctl reboot").catch(() => {});
    await gone(alone, 60_000);
    await docker("start", alone.container);
    await hosts.answers(alone);
    // That it forgot would have left it its hour.
    await gone(alone, 120_000);
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(soon);
  });

  it("powers itself off when it is a worker and its master is gone", async () => {
    await hosts.ssh(
      worker,
      "sudo sed -i 's/^SECONDS_WITHOUT=.*/SECONDS_WITHOUT=5/' /etc/pyspark-deploy/watchdog",
    );
    await vi.waitFor(
      async () =>
        expect(await hosts.ssh(worker, "test -s /run/pyspark-deploy/master-seen && echo seen")).toBe("seen"),
      { timeout: 60_000, interval: 300 },
    );
    await docker("kill", master.container);
    await gone(worker, 150_000);
  });
});
