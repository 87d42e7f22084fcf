import { setDeadlineTag } from "../../adapters/aws/deadline.js";
import { Ec2 } from "../../adapters/aws/ec2.js";
import { checkQuota } from "../../adapters/aws/quotas.js";
import { DockerEngine } from "../../adapters/docker/engine.js";
import { newKeyPair } from "../../adapters/ssh/keys.js";
import { endLeftTerraform } from "../../adapters/terraform/running.js";
import type { Terraform } from "../../adapters/terraform/terraform.js";
import type { Context } from "../../context.js";
import { ExitCode, UserError } from "../../errors.js";
import type { Market } from "../../plan/aws/attempts.js";
import { type GrowthPlan, growthVariables, planGrowth } from "../../plan/aws/growth.js";
import { formatUsd, type PricedCluster } from "../../plan/aws/price.js";
import { type TerraformVariables, workersTemplate } from "../../plan/aws/terraform-variables.js";
import { EXPIRES_LABEL, objectName } from "../../plan/identity.js";
import { counted } from "../../plan/units.js";
import { decommission, tellWorker } from "../decommission.js";
import type { CloudFacts, Departure, Growth, SaveCloud } from "../provider.js";
import { prepareAccess } from "./access.js";
import { clusterTerraform } from "./cluster-terraform.js";
import { waitForSsh } from "./configure.js";
import { connectionsFrom } from "./connections.js";
import { instancesUp } from "./instances.js";
import { launch } from "./launch.js";
import { highestNumber, nameNodes, unsureOf } from "./nodes.js";
import { configureNodes, hostAnsible, type NodesRequest, workersReady } from "./nodes-up.js";
import type { AwsProviderOptions } from "./options.js";
import { machinesOf, type PricedMachines, priceMachines } from "./pricing.js";
import { type NodeBoot, userDataFor } from "./user-data.js";
import { openWay } from "./way.js";

type Node = CloudFacts["nodes"][number];

export interface AwsScale {
  /** With all nodes that are recorded. */
  readonly request: NodesRequest;
  readonly options: AwsProviderOptions;
  readonly cloud: CloudFacts;
  /** What new hosts need to know of the network that they boot in. */
  readonly network: NodeBoot["plan"]["network"];
  readonly save: SaveCloud;
}

const terraformOf = ({ request, options }: AwsScale, { signal }: Context) =>
  clusterTerraform(request.plan.identity, request.files, options, signal);

async function lastVariables(terraform: Terraform, cluster: string): Promise<TerraformVariables> {
  const last = await terraform.variables();
  if (last) return last;
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `What Terraform knows of "${cluster}" is not on this machine: workers can't be added to it.`,
    hint: `Run the command where the cluster was made; or make another: pyspark-deploy create --name NAME`,
  });
}

/** What an hour of such machines costs; undefined where no prices are known. */
function priceLike(
  { request, options }: AwsScale,
  machines: Pick<PricedCluster, "types" | "markets">,
  { root_volume: volume, private: isPrivate }: TerraformVariables,
): Promise<PricedMachines | undefined> {
  const priced = {
    ...machines,
    volume: { sizeGib: volume.size_gib, throughputMibps: volume.throughput_mibps, iops: volume.iops },
    publicAddresses: !isPrivate,
  };
  return priceMachines(priced, request.nodes[0]?.zone ?? "", options).catch(() => undefined);
}

/** Says what the added workers cost, before they are made. */
async function tellPrice(
  scale: AwsScale,
  { attempt }: GrowthPlan,
  add: number,
  last: TerraformVariables,
  { report }: Context,
): Promise<void> {
  const { market } = attempt;
  const type = attempt.workerTypes[0] ?? "";
  const added = { types: Array<string>(add).fill(type), markets: Array<Market>(add).fill(market) };
  const told = await priceLike(scale, added, last);
  if (!told) return;
  const { price, recorded } = told;
  const without = price.unknown.length > 0 ? `, without ${price.unknown.join(", ")}` : "";
  report.note(
    `${counted(add, `more ${market} worker`)} of ${type}: ${formatUsd(price.total)} an hour${without} (${recorded.source}).`,
  );
}

/** How this machine reaches the nodes that there are now. */
const writeAccess = ({ request, options }: AwsScale, cloud: CloudFacts): Promise<void> =>
  prepareAccess(
    { cloud, identity: request.plan.identity, phase: "ready" },
    request.files.directory,
    options.env,
  );

interface Batch {
  readonly nodes: Node[];
  readonly cloud: CloudFacts;
  readonly last: TerraformVariables;
}

/** One more fleet, beside those that there are, until its instances have addresses and names and are recorded. */
async function launchBatch(scale: AwsScale, add: number, kept: Node[], context: Context): Promise<Batch> {
  const { request, options, cloud, save } = scale;
  const { plan, files } = request;
  const ec2 = new Ec2(options.scope);
  // That of a killed command may be at work still, and what it makes is in no record.
  await endLeftTerraform(files.terraform);
  await terminateOthers(scale, ec2, kept, context);
  const terraform = await terraformOf(scale, context);
  const last = await lastVariables(terraform, plan.identity.cluster);
  const growth = planGrowth(cloud.fleets, last);
  const { market, workerTypes } = growth.attempt;
  const demand = { type: workerTypes[0] ?? "", cores: plan.workerShape.cores, count: add, market };
  const [{ note }] = await Promise.all([
    checkQuota(options.scope, [demand]),
    tellPrice(scale, growth, add, last, context),
  ]);
  if (note !== undefined) context.report.note(note, "warning");
  const hostKey = await newKeyPair(options.scope.signal);
  const userData = await userDataFor({
    plan: { ...plan, network: scale.network },
    hostKey,
    registry: { kind: last.repository_arns.length > 0 ? "ecr" : "none" },
    // Ansible configures them: the others are there already, and few come at once.
    bundle: undefined,
    env: options.env,
    sshKeys: cloud.sshKeys ?? [],
  });
  const templateVersion = await ec2.addTemplateVersion(workersTemplate(last), userData);
  const launched = await launch(
    {
      plan: { region: plan.region, attempts: [growth.attempt] },
      workers: add,
      title: ({ zone }) => `Terraform: ${counted(add, "more instance")} in ${zone}`,
      variables: (attempt) => growthVariables(last, growth, { attempt, workers: add, templateVersion }),
      refresh: false,
    },
    terraform,
    ec2,
    context,
  );
  const known = new Set(kept.map(({ instance }) => instance));
  const up = await instancesUp(
    {
      ec2,
      clusterId: plan.identity.clusterId,
      ids: launched.instances.filter((id) => !known.has(id)),
      isPrivate: last.private,
      timeoutSeconds: plan.readyTimeoutSeconds,
    },
    context,
  );
  const taken = Math.max(highestNumber(request.nodes), cloud.workersNamed ?? 0);
  const nodes = nameNodes(up, kept, taken).map((node) => ({ ...node, hostKey: hostKey.public }));
  const next: CloudFacts = {
    ...cloud,
    fleets: launched.fleets,
    workersNamed: highestNumber(nodes),
    nodes: [...(await files.withHostKeys(kept)), ...nodes],
  };
  await writeAccess(scale, next);
  await save(next);
  // The tags of the batch are the cluster's at first; `extend` moved the deadline of the instances alone.
  if (last.tags[EXPIRES_LABEL] !== plan.expires)
    await setDeadlineTag(options.scope, plan.identity.clusterId, plan.expires);
  return { nodes, cloud: next, last };
}

/**
 * Those that show a host key that nobody knows: a command was killed after it had given them one of their own, and before it
 * noted what they run. They can't be told from machines of somebody else.
 */
async function strangers(scale: AwsScale, nodes: readonly string[], { report }: Context): Promise<string[]> {
  const connections = connectionsOf(scale);
  const known = await Promise.all(nodes.map((name) => connections.showsItsKey(name)));
  const strange = nodes.filter((_, at) => !known[at]);
  for (const name of strange)
    report.note(
      `${name} shows a host key that nobody has noted: another machine takes its place.`,
      "warning",
    );
  await Promise.all(strange.map((name) => connections.close(name)));
  return strange;
}

/** Launches workers, configures them like the first, and brings back those whose host is there; the others are left alone. */
export async function growCluster(
  scale: AwsScale,
  { add: wanted, mend, keep }: Growth,
  context: Context,
): Promise<void> {
  const { request, options, cloud, save } = scale;
  const { plan, files } = request;
  const strange = await strangers(scale, unsureOf(request.nodes, { keep, mend }), context);
  const add = wanted + strange.length;
  const kept = request.nodes.filter(
    ({ name, role }) => role === "master" || (keep.includes(name) && !strange.includes(name)),
  );
  const reaches = await openWay(cloud.network?.bastion, plan.identity.clusterId, context);
  const [batch, ansible] = await Promise.all([
    add > 0 ? launchBatch(scale, add, kept, context) : undefined,
    hostAnsible(options),
  ]);
  const nodes = batch?.cloud.nodes ?? kept;
  const mended = kept.filter(({ name }) => mend.includes(name));
  const changing = [...mended, ...(batch?.nodes ?? [])];
  await waitForSsh(changing, plan.readyTimeoutSeconds, context, reaches);
  await removeContainers(scale, mended, context);
  const grown = batch?.cloud ?? cloud;
  const configuring = configureNodes({ plan, files, nodes }, ansible, context, changing);
  // Whatever comes of it: hosts have keys of their own by now.
  const configured = await configuring.finally(async () =>
    save({ ...grown, nodes: await files.withHostKeys(nodes) }),
  );
  await workersReady({ plan, files, nodes }, context);
  const parityOf = new Map(configured.map((node) => [node.name, node]));
  const next = { ...grown, nodes: nodes.map((node) => parityOf.get(node.name) ?? node) };
  const priced = await totalPrice(scale, next.nodes, batch?.last);
  await save({ ...next, ...(priced && { price: priced }) });
}

/** What an hour of these machines costs; undefined where it is not known, or nothing has changed. */
async function totalPrice(
  scale: AwsScale,
  nodes: readonly Node[],
  last: TerraformVariables | undefined,
): Promise<CloudFacts["price"]> {
  if (!last) return undefined;
  return (await priceLike(scale, machinesOf(nodes), last))?.recorded;
}

const connectionsOf = ({ request, options }: AwsScale) =>
  connectionsFrom(request.files.directory, request.plan.identity.clusterId, options.scope.signal);

/** The Docker engine of a node. */
async function engineOf(scale: AwsScale, node: string): Promise<DockerEngine> {
  const { dockerHost } = await connectionsOf(scale).tunnel(node);
  return new DockerEngine(dockerHost, scale.options.scope.signal);
}

/** What runs there takes no work: it is made anew. */
async function removeContainers(scale: AwsScale, nodes: readonly Node[], { report }: Context): Promise<void> {
  if (nodes.length === 0) return;
  const { identity } = scale.request.plan;
  await report.step("stop", `Removing what is left of ${nodes.map(({ name }) => name).join(", ")}`, () =>
    Promise.all(
      nodes.map(async ({ name }) =>
        (await engineOf(scale, name)).remove("container", [objectName(identity, name)]),
      ),
    ),
  );
}

/** Terminates the workers' instances that are not among those that stay, whether or not a record knows them. */
async function terminateOthers(
  { request }: AwsScale,
  ec2: Ec2,
  kept: readonly Node[],
  { report }: Context,
): Promise<void> {
  const { clusterId } = request.plan.identity;
  const doomed = (await ec2.clusterInstances({ clusterId }))
    .filter(({ id, role }) => role === "worker" && !kept.some(({ instance }) => instance === id))
    .map(({ id }) => id);
  if (doomed.length === 0) return;
  await report.step("terminate", `Terminating ${doomed.join(", ")}`, (step) =>
    ec2.terminate(doomed, { onWait: step.progress }),
  );
}

/** Ends instances, those among them that no record knows, and waits until they are terminated. */
export async function shrinkCluster(
  scale: AwsScale,
  { leave, lost, ...rest }: Departure,
  context: Context,
): Promise<void> {
  const { request, options, cloud, save } = scale;
  const { plan, files, nodes } = request;
  const tell = async (name: string) =>
    tellWorker(await engineOf(scale, name), objectName(plan.identity, name));
  await decommission({ ...rest, leaving: leave, tell }, context);
  const gone = new Set([...leave.map(({ name }) => name), ...lost]);
  const kept = nodes.filter(({ name }) => !gone.has(name));
  await terminateOthers(scale, new Ec2(options.scope), kept, context);
  await Promise.all([...gone].map((name) => connectionsOf(scale).close(name)));
  const nodesKept = await files.withHostKeys(kept);
  await writeAccess(scale, { ...cloud, nodes: nodesKept });
  const last = await (await terraformOf(scale, context)).variables();
  const priced = await totalPrice(scale, kept, last);
  await save({
    ...cloud,
    ...(priced && { price: priced }),
    workersNamed: Math.max(highestNumber(nodes), cloud.workersNamed ?? 0),
    nodes: nodesKept,
  });
}
