import type { AwsScope } from "../../adapters/aws/client.js";
import { Ec2 } from "../../adapters/aws/ec2.js";
import { SshConnections } from "../../adapters/ssh/connection.js";
import type { Context } from "../../context.js";
import { ExitCode, UserError } from "../../errors.js";
import type { Architecture, InstanceShape } from "../../plan/aws/shapes.js";
import { smallestShape } from "../../plan/aws/sizing.js";
import { type AwsSparkPlan, type NodeShapes, planAwsSpark } from "../../plan/aws/spark-plan.js";
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
import { ClusterFiles } from "./files.js";
import { configureNodes, hostAnsible, type NodesRequest, workersReady } from "./nodes-up.js";
import { type AwsProviderOptions, servedPort } from "./options.js";
import { type AwsScale, growCluster, shrinkCluster } from "./scale.js";

type Node = CloudFacts["nodes"][number];

/** A daemon that has not ended by then is killed: nothing that it holds is needed by its successor. */
const STOP_SECONDS = 3;

/** Docker's login is root's; sudo cuts the PATH in which its helper is. */
const AS_ROOT = "sudo -H env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
  const plan = planAwsSpark({
    config,
    identity,
    image,
    region: cloud.region,
    expires: cloud.deadline,
    shapes,
    workers: record.workers,
    secrets,
  });
  const files = new ClusterFiles(options.directory(identity.cluster), identity.clusterId);
  const next: CloudFacts = {
    ...cloud,
    shapes,
    nodes: cloud.nodes.map((node) => ({ ...node, parityKey: image.parityKey })),
  };
  const facts = { ...plannedFacts(plan, config), driver: record.driver, cloud: next };
  return new RunningAwsCluster({ plan, files, nodes: cloud.nodes }, options, facts, { ...cloud, shapes });
}

class RunningAwsCluster implements RunningCluster {
  constructor(
    private readonly request: NodesRequest,
    private readonly options: AwsProviderOptions,
    readonly facts: PlannedFacts,
    private cloud: CloudFacts,
  ) {}

  get #plan(): AwsSparkPlan {
    return this.request.plan;
  }

  get confFiles() {
    return this.#plan.confFiles;
  }

  async pull(context: Context): Promise<void> {
    const { reference } = this.#plan.image;
    await context.report.step("pull", `Pulling the image on ${this.request.nodes.length} hosts`, () =>
      // A pull of what is there asks the registry all the same, which may be gone by now.
      this.#everywhere(
        () =>
          `docker image inspect --format x ${reference} >/dev/null 2>&1 || ${AS_ROOT} docker pull --quiet ${reference}`,
        context,
        "The cluster runs as before. Mend what is said above, then run the command again.",
      ),
    );
  }

  async replace(context: Context): Promise<void> {
    const program = hostAnsible(this.options);
    // Awaited below; a failure while the nodes stop is no unhandled one.
    program.catch(() => {});
    // All before the first starts: a new worker must not register at the old master.
    await context.report.step("stop", "Stopping master, workers and driver", () =>
      this.#everywhere((node) => this.#stopCommand(node), context, "Run the command again."),
    );
    await configureNodes(this.request, await program, context);
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
    return { request: this.request, options: this.options, cloud: this.cloud, save: keep };
  }

  #stopCommand({ name, role }: Node): string {
    const nodes = role === "master" ? ["master", "driver"] : [name];
    const containers = nodes.map((node) => objectName(this.#plan.identity, node)).join(" ");
    return `docker stop --time ${STOP_SECONDS} ${containers} >/dev/null 2>&1; docker rm --force --volumes ${containers}`;
  }

  /** Runs a command on every node at once. */
  async #everywhere(command: (node: Node) => string, { signal }: Context, hint: string): Promise<void> {
    const { files, nodes } = this.request;
    const connections = new SshConnections(
      files.sshConfig,
      this.#plan.identity.clusterId,
      servedPort,
      signal,
    );
    const results = await Promise.all(
      nodes.map(async (node) => ({ node, ...(await connections.run(node.name, command(node))) })),
    );
    const failed = results.filter(
      ({ exitCode, stderr }) => exitCode !== 0 && !/no such container/i.test(stderr),
    );
    if (failed.length === 0) return;
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `Not every node could do it: ${failed.map(({ node }) => node.name).join(", ")}.`,
      hint,
      output: failed.map(({ node, stderr }) => `${node.name}: ${stderr.trim()}`).join("\n"),
    });
  }
}
