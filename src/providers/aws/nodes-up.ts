import { Ansible } from "../../adapters/ansible/ansible.js";
import { ensureAnsible } from "../../adapters/ansible/install.js";
import type { SshConnections } from "../../adapters/ssh/connection.js";
import { assetPath } from "../../assets.js";
import type { Context } from "../../context.js";
import { ExitCode, UserError } from "../../errors.js";
import { awsNodes } from "../../plan/aws/hosts.js";
import type { AwsSparkPlan } from "../../plan/aws/spark-plan.js";
import { objectName } from "../../plan/identity.js";
import type { CloudFacts } from "../provider.js";
import { registerWorkers } from "../ready.js";
import { configure } from "./configure.js";
import { connectionsFrom } from "./connections.js";
import type { ClusterFiles } from "./files.js";
import { lastWords } from "./last-words.js";
import type { AwsProviderOptions } from "./options.js";

type Node = CloudFacts["nodes"][number];

/** Machines that are there, and what they are to run. */
export interface NodesRequest {
  readonly plan: AwsSparkPlan;
  readonly files: ClusterFiles;
  readonly nodes: readonly Node[];
  /** True where connections to the nodes are open already. */
  readonly shareConnections?: boolean;
}

/** The ansible-playbook program, installed when it is not there. */
export async function hostAnsible({ cacheDirectory, scope }: AwsProviderOptions): Promise<string> {
  const { program } = await ensureAnsible({
    requirements: assetPath("ansible/requirements.txt"),
    cacheDirectory,
    signal: scope.signal,
  });
  return program;
}

/** Brings `chosen` of the nodes (by default all) to what the plan says; returns them with the image that each was proven to run. */
export async function configureNodes(
  { plan, files, nodes, shareConnections = false }: NodesRequest,
  program: string,
  context: Context,
  chosen: readonly Node[] = nodes,
): Promise<Node[]> {
  const master = nodes.find(({ role }) => role === "master");
  const workers = chosen.filter(({ role }) => role === "worker");
  const all = awsNodes(plan, { master: master?.privateIp ?? "", workers });
  const hosts = all.hosts.filter(({ node }) => chosen.some(({ name }) => name === node));
  return configure(
    {
      ansible: new Ansible({ program, playbooks: assetPath("ansible"), signal: context.signal }),
      files,
      nodes: chosen,
      shareConnections,
      plan: { ...all, hosts },
      parityKey: plan.image.parityKey,
    },
    context,
  );
}

/** Who has ended so often while the cluster comes up will not stay up. */
const MOST_RESTARTS = 2;
/** Asking is a connection to each host, and most of the time everything is well. */
const LOOK_EVERY_SECONDS = 3;
/** What keeps one worker from starting keeps all. */
const WORKERS_TO_LOOK_AT = 3;

/** Looks every few seconds whether the containers stay up; throws with the log of one that does not. */
function watchContainers({ plan, nodes }: NodesRequest, connections: SshConnections): () => Promise<void> {
  const [masters, workers] = (["master", "worker"] as const).map((role) =>
    nodes.filter((node) => node.role === role),
  );
  const watched = [...(masters ?? []), ...(workers ?? []).slice(0, WORKERS_TO_LOOK_AT)];
  let next = Date.now() + LOOK_EVERY_SECONDS * 1000;
  return async () => {
    if (Date.now() < next) return;
    await Promise.all(
      watched.map(async ({ name }) => {
        const container = objectName(plan.identity, name);
        const restarts = await connections.run(
          name,
          `docker inspect --format '{{.RestartCount}}' ${container}`,
        );
        if (Number(restarts.stdout) < MOST_RESTARTS) return;
        const log = await connections.run(name, `docker logs --tail 30 ${container} 2>&1`);
        throw new UserError({
          exitCode: ExitCode.notReady,
          message: `The container of ${name} does not stay up.`,
          hint: "Mend what its log says, then: pyspark-deploy destroy; pyspark-deploy create",
          output: log.stdout,
        });
      }),
    );
    next = Date.now() + LOOK_EVERY_SECONDS * 1000;
  };
}

/**
 * Returns when as many workers as the plan has are ALIVE at the master.
 * @throws UserError (exit code 5) when they are not within the plan's time, or when a container ends again and again.
 */
export async function workersReady(request: NodesRequest, context: Context): Promise<void> {
  const { plan, files, nodes } = request;
  const connections = connectionsFrom(files.directory, plan.identity.clusterId, context.signal);
  const { ui } = await connections.tunnel("master");
  const look = watchContainers(request, connections);
  const { cluster } = plan.identity;
  await registerWorkers(
    {
      expected: nodes
        .filter(({ role }) => role === "worker")
        .map(({ name, privateIp }) => ({ node: name, host: privateIp })),
      worker: plan.worker,
      timeoutSeconds: plan.readyTimeoutSeconds,
      hint: (node) =>
        `The cluster is kept, and costs money until ${plan.expires}. Look further: pyspark-deploy ssh ${cluster} ${node}; remove it: pyspark-deploy destroy ${cluster}`,
      ui: async () => {
        await look();
        return ui;
      },
      lastWords: (node) => lastWords(connections, node, objectName(plan.identity, node)),
    },
    context,
  );
}
