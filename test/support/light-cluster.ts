import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { DockerEngine } from "../../src/adapters/docker/engine.js";
import { newKeyPair } from "../../src/adapters/ssh/keys.js";
import { readUserDataFiles } from "../../src/adapters/user-data-files.js";
import { assetPath } from "../../src/assets.js";
import type { Context } from "../../src/context.js";
import { type BundleSettings, renderUserData } from "../../src/plan/aws/user-data.js";
import { ClusterFiles } from "../../src/providers/aws/files.js";
import type { NodesRequest } from "../../src/providers/aws/nodes-up.js";
import type { CloudFacts } from "../../src/providers/provider.js";
import { Reporter } from "../../src/report/events.js";
import { hostImageReference } from "../../src/simulator/host-image.js";
import type { Simulator } from "../../src/simulator/simulator.js";
import { awsPlan } from "./aws-plan.js";
import { Cloud, launched, type Network } from "./simulator.js";

/** Away from the range of clusters: a simulator with hosts of its own may run beside it. */
export const LIGHT_CIDR = "10.81.0.0/16";

export const quietContext = (): Context => ({
  report: new Reporter(() => {}),
  signal: new AbortController().signal,
  directory: tmpdir(),
  configFile: undefined,
  env: process.env,
  version: "0",
  stdout: process.stdout,
  stderr: process.stderr,
  confirm: async () => undefined,
  onInterrupt: () => () => {},
});

/** Makes clusters of light hosts, without Terraform and without an image in a registry. */
export class LightClouds {
  readonly #cloud: Cloud;
  #network: Promise<Network> | undefined;

  constructor(simulator: Simulator) {
    this.#cloud = new Cloud(simulator);
  }

  #shared(): Promise<Network> {
    this.#network ??= this.#cloud.profile("nodes").then(() => this.#cloud.network(LIGHT_CIDR));
    return this.#network;
  }

  /** Launches a master and workers, whose files for SSH are ready. */
  async launch(name: string, workers: number, bundle?: BundleSettings): Promise<NodesRequest> {
    const network = await this.#shared();
    const [key, hostKey] = [await newKeyPair(), await newKeyPair()];
    const image = await hostImageReference(process.env);
    const facts = await new DockerEngine().image(image);
    const base = awsPlan({ config: { workers } });
    const plan = {
      ...base,
      identity: { ...base.identity, cluster: name, clusterId: `c0ffee${name}` },
      labels: { ...base.labels, "pyspark-deploy:cluster-id": `c0ffee${name}` },
      // Pulled from nowhere: the hosts' stand-in of an engine finds it in this machine's own.
      image: { ...base.image, reference: image, parityKey: facts?.parityKey ?? "" },
      readyTimeoutSeconds: 120,
    };
    const userData = renderUserData(
      {
        deadline: "2099-01-01T00:00:00Z",
        hostKey,
        image,
        registry: { kind: "none" },
        region: "us-east-1",
        bundle,
      },
      await readUserDataFiles(assetPath("templates/user-data")),
    );
    await this.#cloud.key(name, key.public);
    const template = await this.#cloud.template(name, {
      ImageId: await this.#cloud.ami(),
      KeyName: name,
      UserData: Buffer.from(userData).toString("base64"),
      IamInstanceProfile: { Name: "nodes" },
      NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true, Groups: [network.group] }],
    });
    const ids = launched(await this.#cloud.fleet(template, network.subnet, workers + 1));
    const nodes = await this.#nodes(ids);
    const files = new ClusterFiles(mkdtempSync(join(tmpdir(), "psd-light-")), plan.identity.clusterId);
    await files.writeKey(key);
    await files.writeNodes(nodes, hostKey.public);
    return { plan, files, nodes };
  }

  async #nodes(InstanceIds: string[]): Promise<CloudFacts["nodes"]> {
    const { Reservations = [] } = await this.#cloud.ec2.send(new DescribeInstancesCommand({ InstanceIds }));
    const found = Reservations.flatMap(({ Instances = [] }) => Instances);
    return found.map(({ InstanceId = "", PrivateIpAddress = "" }, at) => ({
      name: at === 0 ? "master" : `worker-${at}`,
      role: at === 0 ? "master" : "worker",
      instance: InstanceId,
      type: "m6i.large",
      zone: "us-east-1a",
      privateIp: PrivateIpAddress,
      address: PrivateIpAddress,
    }));
  }
}
