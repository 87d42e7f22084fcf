import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NodeReport } from "../../src/adapters/ansible/ansible.js";
import type { AnsibleEvent } from "../../src/adapters/ansible/events.js";
import { parseImage } from "../../src/adapters/docker/image.js";
import { docker } from "../support/cli.js";
import { type Host, Hosts } from "../support/hosts.js";
import {
  ansible,
  container,
  DEADLINE,
  hostVariables,
  request,
  SECRET,
  SMALL_IMAGE,
  sharedVariables,
} from "../support/node-cluster.js";

let hosts: Hosts;
let image: string;
let master: Host;
let worker: Host;
const events: AnsibleEvent[] = [];

const whole = () =>
  request(hosts, [master, worker], {
    hosts: [
      hostVariables(master, [container("master", image), container("driver", image)]),
      hostVariables(worker, [container("worker-1", image)]),
    ],
    variables: sharedVariables(image, master),
    onEvent: (event) => events.push(event),
  });
const configure = async (): Promise<ReadonlyMap<string, NodeReport>> => (await ansible()).configure(whole());

beforeAll(async () => {
  hosts = await Hosts.start();
  image = await hosts.push("small", SMALL_IMAGE);
  [master, worker] = await Promise.all([
    hosts.boot("master", { image, instanceStoreDisks: 2 }),
    hosts.boot("worker-1", { image }),
  ]);
});
afterAll(() => process.env["KEEP"] || hosts?.stop());

describe("hosts that have just booted", () => {
  it("are configured over connections whose host key is checked from the first one on", async () => {
    const before = readFileSync(hosts.knownHosts, "utf8");
    const t = Date.now();
    const reports = await configure().catch((e) => {
      console.log(e.message, e.output, e.hint);
      throw e;
    });
    console.log(
      "configure",
      Date.now() - t,
      JSON.stringify([...reports], undefined, 1),
      events.map((e) => `${e.host} ${e.task} ${e.phase}`),
    );
    for (let i = 0; i < 2; i++) {
      const t2 = Date.now();
      const r = await configure();
      console.log(
        "again",
        Date.now() - t2,
        [...r.values()].map((x) => [x.changed, x.done]),
      );
    }
    console.log(before, readFileSync(hosts.knownHosts, "utf8"));
    console.log(
      await hosts.ssh(
        worker,
        "docker ps; docker inspect $(docker ps -q); ls -laR /etc/pyspark-deploy; systemctl list-timers",
      ),
    );
  });
});
