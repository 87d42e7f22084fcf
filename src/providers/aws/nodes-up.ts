import { Ansible } from "../../adapters/ansible/ansible.js";
import { ensureAnsible } from "../../adapters/ansible/install.js";
import { SshConnections } from "../../adapters/ssh/connection.js";
import { assetPath } from "../../assets.js";
import type { Context } from "../../context.js";
import { awsNodes } from "../../plan/aws/hosts.js";
import type { AwsSparkPlan } from "../../plan/aws/spark-plan.js";
import { MIB } from "../../plan/units.js";
import type { CloudFacts } from "../provider.js";
import { waitForWorkers } from "../ready.js";
import { configure } from "./configure.js";
import type { ClusterFiles } from "./files.js";
import { type AwsProviderOptions, servedPort } from "./options.js";

type Node = CloudFacts["nodes"][number];

/** Machines that are there, and what they are to run. */
export interface NodesRequest {
  readonly plan: AwsSparkPlan;
  readonly files: ClusterFiles;
  readonly nodes: readonly Node[];
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
  { plan, files, nodes }: NodesRequest,
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
      plan: { ...all, hosts },
      parityKey: plan.image.parityKey,
    },
    context,
  );
}

/**
 * Returns when as many workers as the plan has are ALIVE at the master.
 * @throws UserError (exit code 5) when they are not within the plan's time.
 */
export async function workersReady(
  { plan, files, nodes }: NodesRequest,
  { report, signal }: Context,
): Promise<void> {
  const connections = new SshConnections(files.sshConfig, plan.identity.clusterId, servedPort, signal);
  const { ui } = await connections.tunnel("master");
  const { cores, executorHeapBytes, executors } = plan.worker;
  await report.step(
    "register",
    `Waiting for ${plan.workers} workers`,
    (step) =>
      waitForWorkers({
        workers: plan.workers,
        hosts: new Set(nodes.map(({ privateIp }) => privateIp)),
        cores,
        memoryMiB: (executorHeapBytes * executors) / MIB,
        timeoutSeconds: plan.readyTimeoutSeconds,
        signal,
        hint: "See why: pyspark-deploy logs worker-1 (or master); remove the cluster: pyspark-deploy destroy",
        onWait: step.progress,
        ui: async () => ui,
      }),
    (n) => `${n} of ${plan.workers} workers ALIVE`,
  );
}
