import { Ec2 } from "../../adapters/aws/ec2.js";
import { checkQuota } from "../../adapters/aws/quotas.js";
import type { SshKeyPair } from "../../adapters/ssh/keys.js";
import type { Config } from "../../config/schema.js";
import type { Context } from "../../context.js";
import type { LaunchAttempt } from "../../plan/aws/attempts.js";
import type { AwsClusterPlan } from "../../plan/aws/aws-plan.js";
import { configuresByBoot } from "../../plan/aws/boot.js";
import { pricedCluster } from "../../plan/aws/price.js";
import { terraformVariables } from "../../plan/aws/terraform-variables.js";
import type { CloudFacts, DeliveredImage } from "../provider.js";
import { BootPlace, configureByBoot } from "./boot.js";
import { clusterTerraform } from "./cluster-terraform.js";
import { waitForSsh } from "./configure.js";
import { ClusterFiles } from "./files.js";
import { instancesUp } from "./instances.js";
import { type Launched, launch } from "./launch.js";
import { highestNumber, nameNodes } from "./nodes.js";
import { configureNodes, hostAnsible, type NodesRequest, workersReady } from "./nodes-up.js";
import type { AwsProviderOptions } from "./options.js";
import { machinesOf, priceMachines } from "./pricing.js";
import { userDataFor } from "./user-data.js";
import { openWay, type Reach } from "./way.js";

type Node = CloudFacts["nodes"][number];

export interface AwsClusterRequest {
  readonly plan: AwsClusterPlan;
  readonly image: DeliveredImage;
  /** Opens the hosts to this machine. */
  readonly key: SshKeyPair;
  /** What every host shows at its first connection, until it has made one of its own. */
  readonly hostKey: SshKeyPair;
  readonly options: AwsProviderOptions;
  readonly config: Config;
}

/** A planned cluster on its way to EC2. */
export class AwsCluster {
  readonly #files: ClusterFiles;
  readonly #ec2: Ec2;

  constructor(private readonly request: AwsClusterRequest) {
    const { options, plan } = request;
    const { cluster, clusterId } = plan.identity;
    this.#files = new ClusterFiles(options.directory(cluster), clusterId);
    this.#ec2 = new Ec2(options.scope);
  }

  async create(context: Context, save: (cloud: CloudFacts) => Promise<void>): Promise<void> {
    const { plan, key, hostKey, options } = this.request;
    const boot = await this.#bootPlace();
    for (const warning of plan.warnings) context.report.note(warning, "warning");
    const { bastion } = plan.network;
    const reaches = await openWay(bastion, plan.identity.clusterId, context);
    await this.#checkQuota(context);
    await this.#files.writeKey(key);
    // While Terraform works: where Ansible has to be installed first, that takes as long.
    const [launched, ansible] = await Promise.all([
      this.#launch(boot, context),
      boot ? undefined : hostAnsible(options),
    ]);
    const nodes = await this.#addresses(launched, context);
    await this.#files.writeNodes(nodes, hostKey.public, bastion);
    await save(this.facts(await this.#files.withHostKeys(nodes), launched));
    // What it costs is told where it is known; a cluster is made all the same.
    const price = this.#price(nodes).catch(() => undefined);
    const request = { plan, files: this.#files, nodes };
    const configured = boot
      ? await this.#configureByBoot(request, boot, context)
      : await this.#configureByPush(request, ansible ?? "", reaches, context);
    await workersReady(request, context);
    await save({ ...this.facts(configured, launched), price: await price });
  }

  /** Where the nodes find what they configure themselves with; undefined where this machine does that. */
  async #bootPlace(): Promise<BootPlace | undefined> {
    const { plan, config, options } = this.request;
    if (!configuresByBoot(config)) return undefined;
    // The config that says where the state is decides both.
    const state = await options.shared?.inOwnRegion();
    return state && new BootPlace(state, plan.identity.clusterId);
  }

  async #configureByPush(
    request: NodesRequest,
    ansible: string,
    reaches: Reach,
    context: Context,
  ): Promise<Node[]> {
    await waitForSsh(request.nodes, this.request.config.readyTimeout, context, reaches);
    return configureNodes(request, ansible, context);
  }

  async #configureByBoot(request: NodesRequest, place: BootPlace, context: Context): Promise<Node[]> {
    try {
      return await configureByBoot(request, place, context);
    } finally {
      // Why the nodes failed is not hidden.
      await place
        .remove()
        .catch(() => context.report.note(`${place.url} is removed by: pyspark-deploy destroy`));
    }
  }

  /** Before anything is made: AWS itself tells it only after minutes, fleet by fleet. */
  async #checkQuota({ report }: Context): Promise<void> {
    const { plan, options } = this.request;
    const { masterShape, workerShape, workers } = plan;
    const { note } = await checkQuota(options.scope, [
      { type: masterShape.type, cores: masterShape.cores, count: 1 },
      { type: workerShape.type, cores: workerShape.cores, count: workers, market: plan.market },
    ]);
    if (note !== undefined) report.note(note, "warning");
  }

  async #launch(boot: BootPlace | undefined, context: Context): Promise<Launched> {
    const { plan, image, key, hostKey, options } = this.request;
    const terraform = await clusterTerraform(plan.identity, this.#files, options, context.signal);
    const role = await boot?.role();
    const bundle = role && {
      ...role,
      region: role.region ?? plan.region,
      seconds: plan.readyTimeoutSeconds,
    };
    const { sshKeys } = this.request.config.aws;
    const registry = { kind: image.repositoryArn === undefined ? "none" : "ecr" } as const;
    const userData = await userDataFor({ plan, hostKey, sshKeys, registry, bundle, env: options.env });
    const request = {
      plan,
      workers: plan.workers,
      title: ({ zone }: LaunchAttempt) => `Terraform: network and ${1 + plan.workers} instances in ${zone}`,
      variables: (attempt: LaunchAttempt) =>
        terraformVariables(plan, { attempt, publicKey: key.public, userData, bootLocation: boot?.location }),
      refresh: true,
    };
    return launch(request, terraform, this.#ec2, context);
  }

  async #addresses({ instances }: Launched, context: Context): Promise<Node[]> {
    const { plan, config } = this.request;
    const up = await instancesUp(
      {
        ec2: this.#ec2,
        clusterId: plan.identity.clusterId,
        ids: instances,
        isPrivate: plan.network.private,
        timeoutSeconds: config.readyTimeout,
      },
      context,
    );
    return nameNodes(up);
  }

  async #price(nodes: readonly Node[]): Promise<CloudFacts["price"]> {
    const { plan, options } = this.request;
    const machines = { ...pricedCluster(plan), ...machinesOf(nodes) };
    const priced = await priceMachines(machines, nodes[0]?.zone ?? "", options);
    return priced.recorded;
  }

  /** What is known of the cluster's machines so far. */
  facts(nodes: readonly Node[], launched?: Launched): CloudFacts {
    const { plan, options, config } = this.request;
    const { profile, role } = options.scope;
    const { bastion, private: isPrivate, direct } = plan.network;
    return {
      region: plan.region,
      ...(profile !== undefined && { profile }),
      ...(role && { role: { ...role } }),
      network: { private: isPrivate, direct: [...direct], ...(bastion !== undefined && { bastion }) },
      deadline: plan.expires,
      shapes: { master: plan.masterShape, worker: plan.workerShape },
      ...(launched?.securityGroup !== undefined && { securityGroup: launched.securityGroup }),
      ...(launched && { fleets: launched.fleets }),
      workersNamed: highestNumber(nodes),
      nodes: [...nodes],
      ...(config.aws.sshKeys.length > 0 && { sshKeys: [...config.aws.sshKeys] }),
    };
  }
}
