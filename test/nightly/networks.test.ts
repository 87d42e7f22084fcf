import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ec2 from "@aws-sdk/client-ec2";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accepts } from "../../src/adapters/ssh/reach.js";
import { hostImageReference } from "../../src/simulator/host-image.js";
import { simulatorId, simulatorObject } from "../../src/simulator/names.js";
import { Simulator } from "../../src/simulator/simulator.js";
import { BastionHost } from "../support/bastion.js";
import { Cli, docker, httpStatus } from "../support/cli.js";
import { ForwardProxy } from "../support/forward-proxy.js";
import { newProject } from "../support/project.js";
import { clientOptions } from "../support/simulator.js";
import { terraformEnvironment } from "../support/terraform.js";

/** This machine, the API, the registry and S3 are outside of it, as the company's and Amazon's are. */
const VPC = "10.77.0.0/17";
const OUTSIDE = "10.77.255.254";
const BASTION = "10.77.127.10";
const ROLE = "arn:aws:iam::123456789012:role/spark-clusters";

const cli = new Cli(newProject());
const scratch = mkdtempSync(join(tmpdir(), "psd-company-"));
process.env.PYSPARK_DEPLOY_SIMULATOR_DIRECTORY = join(scratch, "simulator");
let simulator: Simulator;
let bastion: BastionHost;
let proxy: ForwardProxy;
let server: Server;
let address: string;

/** A certificate of an authority that nobody else knows, with the key usage that Python 3.13 asks for. */
async function privateAuthority(): Promise<void> {
  const openssl = (...args: string[]) => execa("openssl", args, { cwd: scratch });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl(
    "req",
    "-x509",
    ...key,
    "-days",
    "2",
    "-subj",
    "/CN=Company",
    "-addext",
    "keyUsage=critical,keyCertSign,cRLSign",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  await openssl("req", ...key, "-subj", "/CN=inside", "-keyout", "inside.key", "-out", "inside.csr");
  writeFileSync(join(scratch, "san"), `subjectAltName=IP:${OUTSIDE}\n`);
  const sign = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"];
  await openssl("x509", "-req", "-in", "inside.csr", ...sign, "-out", "inside.pem");
}

/** A VPC without AWS's DNS, with resolvers of its own. */
async function companyVpc(): Promise<{ readonly vpc: string; readonly subnet: string }> {
  const aws = new ec2.EC2Client(clientOptions(simulator));
  const { Vpc } = await aws.send(new ec2.CreateVpcCommand({ CidrBlock: VPC }));
  const VpcId = Vpc?.VpcId ?? "";
  await aws.send(new ec2.ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: false } }));
  const { DhcpOptions } = await aws.send(
    new ec2.CreateDhcpOptionsCommand({
      DhcpConfigurations: [{ Key: "domain-name-servers", Values: ["192.0.2.53"] }],
    }),
  );
  await aws.send(
    new ec2.AssociateDhcpOptionsCommand({ VpcId, DhcpOptionsId: DhcpOptions?.DhcpOptionsId ?? "" }),
  );
  const { Subnet } = await aws.send(
    new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.77.0.0/20", AvailabilityZone: "us-east-1a" }),
  );
  return { vpc: VpcId, subnet: Subnet?.SubnetId ?? "" };
}

/** Makes each host, as soon as it is there, take SSH from the bastion alone (and from itself) and know no resolver that answers. */
function shutOff(): () => Promise<void> {
  const done = new Set<string>();
  let going = true;
  const rule = `iptables -I INPUT -i eth0 -p tcp --dport 22 ! -s ${BASTION} -j REJECT`;
  const loop = (async () => {
    while (going) {
      for (const { container } of await simulator.hosts()) {
        if (done.has(container)) continue;
        const cut = await execa(
          "docker",
          ["exec", container, "sh", "-c", `${rule} && echo nameserver 192.0.2.53 >/etc/resolv.conf`],
          { reject: false },
        );
        if (cut.exitCode === 0) done.add(container);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return () => {
    going = false;
    return loop;
  };
}

beforeAll(async () => {
  const start = ["simulator", "start", "--profile-delay", "0", "--termination", "1"];
  const { exitCode, stderr } = await cli.run(start);
  expect(exitCode, stderr).toBe(0);
  const found = await Simulator.find();
  if (!found) throw new Error("the simulator does not run");
  simulator = found;
  Object.assign(process.env, simulator.env, terraformEnvironment(scratch));
  const id = simulatorId(simulator.directory);
  [bastion, proxy] = await Promise.all([
    BastionHost.start({
      folder: scratch,
      network: simulatorObject(id, "10-77-0-0-16"),
      address: BASTION,
      image: await hostImageReference(process.env),
    }),
    ForwardProxy.start(OUTSIDE),
    privateAuthority(),
  ]);
  process.env.PATH = `${bastion.path}:${process.env.PATH}`;
  const files = {
    key: readFileSync(join(scratch, "inside.key")),
    cert: readFileSync(join(scratch, "inside.pem")),
  };
  server = createServer(files, (_, response) => response.end("inside"));
  await new Promise<void>((ready) => server.listen(0, OUTSIDE, ready));
  address = `https://${OUTSIDE}:${(server.address() as AddressInfo).port}/`;
  const { vpc, subnet } = await companyVpc();
  writeFileSync(join(cli.directory, "company-ca.pem"), readFileSync(join(scratch, "ca.pem")));
  writeFileSync(
    join(cli.directory, "pyspark-deploy.yaml"),
    `project: probe-company
provider: aws
workers: 1
storage: {s3: "\${PYSPARK_DEPLOY_SIMULATOR_S3}"}
aws:
  region: us-east-1
  masterTypes: [m6i.large]
  workerTypes: [m6i.large]
  ttl: 2h
  buckets: [probe]
  assumeRole: ${ROLE}
  vpc: ${vpc}
  subnets: [${subnet}]
  private: true
  bastion: ${bastion.place}
  proxy: {http: "${proxy.url}", https: "${proxy.url}", no: [.example.com]}
  caBundle: company-ca.pem
  tags: {cost-center: "1234"}
profiles: {cloud: {}}
`,
  );
});

afterAll(async () => {
  await cli.run(["destroy", "cloud", "--yes"]);
  await bastion?.stop();
  proxy?.stop();
  server?.close();
  await simulator?.stop();
});

describe("a cluster in a company's network", () => {
  it("is made through the bastion, by a role, in a VPC without DNS, with its image pulled by the proxy", async () => {
    const stop = shutOff();
    const created = await cli.json<{ readonly workers: number }>("create", "cloud").finally(stop);
    expect(created.workers).toBe(1);
    const hosts = await simulator.hosts();
    const pulls = proxy.seen.filter(({ method, to }) => method === "CONNECT" && to === simulator.registry);
    expect(new Set(pulls.map(({ from }) => from))).toEqual(new Set(hosts.map((host) => host.address)));
    for (const host of hosts) expect(await accepts(host.address, 22)).toBe(false);
    const asked = await simulator.requests();
    expect(asked.map(({ action }) => action)).toContain("AssumeRole");
  });

  it("never sends the metadata service or the nodes among themselves through the proxy", () => {
    const inside = proxy.seen.filter(({ to }) => to.startsWith("169.254.") || /^10\.77\.0\./.test(to));
    expect(inside).toEqual([]);
  });

  it("is worked with through the bastion", async () => {
    const { stdout, stderr, exitCode } = await cli.run(["submit", "jobs/roundtrip.py", "s3a://probe/some"]);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({ rows: 1000, committer: "magic" });
    const host = await cli.run(["ssh", "cloud", "worker-1", "--", "cat", "/etc/resolv.conf"]);
    expect(host.stdout.trim()).toBe("nameserver 192.0.2.53");
    const { clusters } = await cli.json<{ readonly clusters: readonly { readonly ui: string }[] }>(
      "status",
      "cloud",
    );
    expect(await httpStatus(clusters[0]?.ui ?? "")).toBe(200);
  });

  it("trusts the company's authority on its hosts, in Python and in Java", async () => {
    const { stdout, stderr, exitCode } = await cli.run(["submit", "jobs/trust.py", address]);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      driver: "inside",
      executor: "inside",
      java: "inside",
      executorOptions: expect.stringContaining("trust/cacerts.jks"),
    });
    const host = await cli.run(["ssh", "cloud", "master", "--", "curl", "--silent", "--fail", address]);
    expect(host.stdout).toBe("inside");
    expect(proxy.seen).toContainEqual(
      expect.objectContaining({ method: "CONNECT", to: new URL(address).host }),
    );
  });

  it("keeps working with a bastion that takes two logins at once, for they share one", async () => {
    const runs = ["master", "worker-1", "master", "worker-1", "master", "worker-1"].map((node) =>
      cli.run(["ssh", "cloud", node, "--", "true"]),
    );
    expect((await Promise.all(runs)).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("is gone when it is destroyed, and the company's VPC is still there", async () => {
    const { left } = await cli.json<{ readonly left: readonly string[] }>("destroy", "cloud", "--yes");
    expect(left).toEqual([]);
    const { Vpcs = [] } = await new ec2.EC2Client(clientOptions(simulator)).send(
      new ec2.DescribeVpcsCommand({}),
    );
    expect(Vpcs.map(({ CidrBlock }) => CidrBlock)).toContain(VPC);
  });

  it("is not begun when the bastion does not answer, and it is named", async () => {
    await docker("stop", "--time", "1", bastion.container);
    const { exitCode, stderr } = await cli.run(["create", "cloud"]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain(`The bastion ${bastion.place} can't be reached by SSH`);
    const fleets = (await simulator.requests()).filter(({ action }) => action === "CreateFleet");
    expect(fleets).toHaveLength(2);
  });
});
