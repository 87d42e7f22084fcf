import { describe, expect, it } from "vitest";
import { awsNodes } from "../../../../src/plan/aws/hosts.js";
import { awsPlan, SECRET } from "../../../support/aws-plan.js";

const plan = awsPlan();
const { hosts, variables } = awsNodes(plan, {
  master: "10.77.0.5",
  workers: [
    { name: "worker-1", privateIp: "10.77.0.6" },
    { name: "worker-2", privateIp: "10.77.0.7" },
  ],
});
const containers = (node: string) =>
  hosts.find((host) => host.node === node)?.variables.pyspark_deploy_containers ?? [];

describe("the hosts of a cluster on AWS", () => {
  it("are the master, which also has the driver, and one for each worker", () => {
    expect(hosts.map(({ node, role, privateIp }) => [node, role, privateIp])).toEqual([
      ["master", "master", "10.77.0.5"],
      ["worker-1", "worker", "10.77.0.6"],
      ["worker-2", "worker", "10.77.0.7"],
    ]);
    expect(hosts.flatMap((host) => containers(host.node).map(({ name }) => name))).toEqual([
      "pyspark-deploy_flights_big_master",
      "pyspark-deploy_flights_big_driver",
      "pyspark-deploy_flights_big_worker-1",
      "pyspark-deploy_flights_big_worker-2",
    ]);
  });

  it("watch for the notice where their workers are spot machines", () => {
    const workers = [
      { name: "worker-1", privateIp: "10.77.0.6", market: "spot" as const },
      { name: "worker-2", privateIp: "10.77.0.7" },
    ];
    const mixed = awsNodes(plan, { master: "10.77.0.5", workers }).hosts;
    expect(mixed.map(({ variables }) => variables.pyspark_deploy_market)).toEqual([
      "on-demand",
      "spot",
      "on-demand",
    ]);
  });

  it("know the master, the driver and themselves by name", () => {
    const [worker] = containers("worker-2");
    expect(worker?.add_hosts).toEqual({ "worker-2": "10.77.0.7", master: "10.77.0.5", driver: "10.77.0.5" });
    expect(containers("master")[0]?.add_hosts).toEqual({ master: "10.77.0.5", driver: "10.77.0.5" });
  });

  it("have workers that advertise their private address, and take what the plan gives them", () => {
    const [worker] = containers("worker-1");
    expect(worker?.command.join(" ")).toBe(
      `start-worker master 8080 --host 10.77.0.6 --webui-port 8081 --cores 8 --memory 20052m spark://master:7077`,
    );
    expect(worker?.environment).toMatchObject({
      SPARK_LOCAL_HOSTNAME: "10.77.0.6",
      SPARK_PUBLIC_DNS: "10.77.0.6",
      SPARK_LOCAL_DIRS: "/var/lib/spark/local",
      SPARK_WORKER_DIR: "/var/lib/spark/work",
    });
    expect(worker).toMatchObject({
      limit_bytes: plan.worker.limitBytes,
      restart: true,
      hostname: "worker-1",
    });
  });

  it("see the conf files read-only, and the host's disk where they spill", () => {
    const mounts = (node: string, index = 0) =>
      containers(node)[index]?.mounts.map(({ target, read_only }) => [target, read_only]);
    expect(mounts("master")).toEqual([["/opt/spark/conf", true]]);
    expect(mounts("master", 1)).toEqual([
      ["/opt/spark/conf", true],
      ["/var/lib/spark", false],
    ]);
    expect(mounts("worker-1")).toEqual([
      ["/opt/spark/conf", true],
      ["/var/lib/spark", false],
    ]);
  });

  it("run the image by its digest, under the cluster's labels", () => {
    for (const { image, labels } of hosts.flatMap(({ node }) => containers(node))) {
      expect(image).toBe("registry.example.com/flights@sha256:1");
      expect(labels).toMatchObject({ "pyspark-deploy:cluster-id": "abc123" });
    }
    expect(containers("master").map(({ labels }) => labels["pyspark-deploy:role"])).toEqual([
      "master",
      "driver",
    ]);
  });

  it("get the secret in a secret file alone", () => {
    expect(JSON.stringify(hosts)).not.toContain(SECRET);
    const holding = variables.pyspark_deploy_conf_files.filter(({ content_base64 }) =>
      Buffer.from(content_base64, "base64").toString().includes(SECRET),
    );
    expect(holding.map(({ path, secret }) => [path, secret])).toEqual([["spark-defaults.conf", true]]);
  });

  it("share the deadline, the master's address and the time to be ready", () => {
    expect(variables).toMatchObject({
      pyspark_deploy_deadline: Date.UTC(2026, 0, 1, 8) / 1000,
      pyspark_deploy_master_ip: "10.77.0.5",
      pyspark_deploy_ready_timeout: 600,
    });
  });
});
