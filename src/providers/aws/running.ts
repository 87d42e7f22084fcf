import { readAuthorities } from "../../adapters/authorities.js";
import type { AwsScope } from "../../adapters/aws/client.js";
import { Ec2 } from "../../adapters/aws/ec2.js";
import type { Context } from "../../context.js";
import { ExitCode, UserError } from "../../errors.js";
import type { Architecture, InstanceShape } from "../../plan/aws/shapes.js";
import { smallestShape } from "../../plan/aws/sizing.js";
import { type AwsSparkPlan, type NodeShapes, planAwsSpark } from "../../plan/aws/spark-plan.js";
import { proxyEnvironment, surroundingsOf } from "../../plan/aws/surroundings.js";
import { objectName } from "../../plan/identity.js";
import type { ClusterRecord } from "../../state/record.js";
import { plannedFacts } from "../facts.js";
import type {
  CloudFacts,
  Departure,
  Growth,
  PlannedFacts,
  PlanRequest,
  RunningCluster,
  SaveCloud,
} from "../provider.js";
import { connectionsFrom } from "./connections.js";
import { ClusterFiles } from "./files.js";
import { configureNodes, hostAnsible, type NodesRequest, workersReady } from "./nodes-up.js";
import type { AwsProviderOptions } from "./options.js";
import { type AwsScale, growCluster, shrinkCluster } from "./scale.js";

type Node = CloudFacts["nodes"][number];

/** As the pull at boot: root's login to the registry, in the environment that the boot gave to services. */
const AS_SERVICE =
  "sudo systemd-run --quiet --wait --pipe --collect --setenv=HOME=/root --property=EnvironmentFile=-/etc/pyspark-deploy/environment";

/** What Spark was sized to; of clusters made before that was recorded, the least of the machines that there are. */
async function recordedShapes({ shapes, nodes }: CloudFacts, scope: AwsScope): Promise<NodeShapes> {
  if (shapes) return shapes;
  const known = await new Ec2(scope).instanceShapes([...new Set(nodes.map(({ type }) => type))]);
  const least = (role: Node["role"]): InstanceShape => {
    const [first, ...others] = nodes.flatMap((node) =>
      node.role === role ? (known.get(node.type) ?? []) : [],
    );
    if (!first) throw new Error(`no ${role} of a type that EC2 knows`);
    return smallestShape([first, ...others]);
  };
  return { master: least("master"), worker: least("worker") };
}

function refuseOtherArchitecture(image: Architecture, { worker }: NodeShapes): void {
  if (image === worker.architecture) return;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `The image is for ${image}, and the cluster's machines (${worker.type}) are ${worker.architecture}: they could not run it.`,
    hint: `Build it for them (image.platform: linux/${worker.architecture}), or make another cluster: pyspark-deploy create --name NAME`,
  });
}

/** A cluster on EC2 that runs, under a plan made for the machines that it has. */
export async function runningCluster(
  record: ClusterRecord,
  { config, identity, image, secrets }: PlanRequest,
  options: AwsProviderOptions,
): Promise<RunningCluster> {
  const { cloud } = record;
  if (!cloud) throw new Error("a cluster on AWS has its machines in its record");
  const shapes = await recordedShapes(cloud, options.scope);
  if (image.localReference !== undefined)
    refuseOtherArchitecture(await options.architecture(image.localReference), shapes);
  const direct = cloud.network?.direct ?? [];
  const authorities = await readAuthorities(options.projectDirectory, config.aws.caBundle);
  const plan = planAwsSpark({
    config,
    identity,
    image,
    region: cloud.region,
    expires: cloud.deadline,
    shapes,
    workers: record.workers,
    secrets,
    surroundings: surroundingsOf(config, direct, authorities),
  });
  const files = new ClusterFiles(options.directory(identity.cluster), identity.clusterId);
  const driver = { ...record.driver, environment: { ...plan.environment } };
  const facts = { ...plannedFacts(plan, config), driver };
  const network = {
    proxy: proxyEnvironment(config.aws.proxy, direct),
    authorities: authorities?.own,
  };
  const request = { plan, files, nodes: cloud.nodes, shareConnections: true };
  return new RunningAwsCluster(request, options, facts, { ...cloud, shapes }, network);
}

class RunningAwsCluster implements RunningCluster {
  constructor(
    private readonly request: NodesRequest,
    private readonly options: AwsProviderOptions,
    private readonly planned: Omit<PlannedFacts, "cloud">,
    private cloud: CloudFacts,
    private readonly network: AwsScale["network"],
  ) {}

  get facts(): PlannedFacts {
    return { ...this.planned, cloud: this.cloud };
  }

  get #plan(): AwsSparkPlan {
    return this.request.plan;
  }

  get confFiles() {
    return this.#plan.confFiles;
  }

  async pull(context: Context): Promise<void> {
    const { nodes } = this.request;
    const { reference } = this.#plan.image;
    // A pull of what is there asks the registry all the same, which may be gone by now.
    const isThere = `docker image inspect --format x ${reference} >/dev/null 2>&1`;
    const pull = `${isThere} || ${AS_SERVICE} docker pull --quiet ${reference}`;
    const hint = "The cluster runs as before. Mend what is said above, then run the command again.";
    await context.report.step("pull", `Pulling the image on ${nodes.length} hosts`, () =>
      this.#onNodes(nodes, pull, context, hint),
    );
  }

  async replace(context: Context): Promise<void> {
    const program = hostAnsible(this.options);
    // Awaited below; a failure while the master stops is no unhandled one.
    program.catch(() => {});
    // Before the first new worker, which must not register at the old master; the role replaces the old workers itself.
    await context.report.step("stop", "Stopping master and driver", () => this.#stopMaster(context));
    const nodes = await configureNodes(this.request, await program, context);
    // Those that nobody had configured yet have host keys of their own now.
    this.cloud = { ...this.cloud, nodes };
    await workersReady(this.request, context);
  }

  grow(context: Context, growth: Growth, save: SaveCloud): Promise<void> {
    return growCluster(this.#scale(save), growth, context);
  }

  shrink(context: Context, departure: Departure, save: SaveCloud): Promise<void> {
    return shrinkCluster(this.#scale(save), departure, context);
  }

  #scale(save: SaveCloud): AwsScale {
    const keep = async (cloud: CloudFacts) => {
      this.cloud = cloud;
      await save(cloud);
    };
    const { request, options, cloud, network } = this;
    return { request, options, cloud, network, save: keep };
  }

  /** At once: neither holds anything that its successor needs. */
  async #stopMaster(context: Context): Promise<void> {
    const containers = ["master", "driver"].map((node) => objectName(this.#plan.identity, node)).join(" ");
    const masters = this.request.nodes.filter(({ role }) => role === "master");
    await this.#onNodes(
      masters,
      `docker rm --force --volumes ${containers}`,
      context,
      "Run the command again.",
    );
  }

  /** Runs a command on these nodes at once. */
  async #onNodes(nodes: readonly Node[], command: string, { signal }: Context, hint: string): Promise<void> {
    const { files } = this.request;
    const connections = connectionsFrom(files.directory, this.#plan.identity.clusterId, signal);
    const results = await Promise.all(
      nodes.map(async ({ name }) => ({ name, ...(await connections.run(name, command)) })),
    );
    const failed = results.filter(
      ({ exitCode, stderr }) => exitCode !== 0 && !/no such container/i.test(stderr),
    );
    if (failed.length === 0) return;
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `Not every node could do it: ${failed.map(({ name }) => name).join(", ")}.`,
      hint,
      output: failed.map(({ name, stderr }) => `${name}: ${stderr.trim()}`).join("\n"),
    });
  }
}
