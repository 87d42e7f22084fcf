import type { Ansible } from "../../adapters/ansible/ansible.js";
import type { NodeReport } from "../../adapters/ansible/reports.js";
import type { Context } from "../../context.js";
import { ExitCode, UserError } from "../../errors.js";
import type { AwsNodes } from "../../plan/aws/hosts.js";
import { waitUntil } from "../../wait.js";
import type { CloudFacts } from "../provider.js";
import { pushKeys } from "./connections.js";
import { type ClusterFiles, keyAlias } from "./files.js";
import type { Reach } from "./way.js";

type Node = CloudFacts["nodes"][number];

const SSH_PORT = 22;

/** Between two looks at so many machines, in ms: a look costs this machine some milliseconds for each. */
export const pollDelay = (machines: number): number => Math.min(Math.max(400, machines * 10), 2000);

/** Waits until every node's SSH server accepts connections. */
export async function waitForSsh(
  nodes: readonly Node[],
  timeoutSeconds: number,
  { report, signal }: Context,
  reaches: Reach,
): Promise<void> {
  const up = new Set<string>();
  await report.step("boot", `Waiting for ${nodes.length} hosts to boot`, (step) =>
    waitUntil({
      description: `SSH on ${nodes.length} hosts`,
      timeoutSeconds,
      signal,
      hint: "May this address reach them? See: pyspark-deploy status; remove them: pyspark-deploy destroy",
      onWait: step.progress,
      longestDelayMs: pollDelay(nodes.length),
      probe: async () => {
        const waiting = nodes.filter(({ name }) => !up.has(name));
        await Promise.all(
          waiting.map(async ({ name, address }) => {
            if (await reaches(address, SSH_PORT)) up.add(name);
          }),
        );
        if (up.size === nodes.length) return { done: true, value: undefined };
        const missing = nodes.filter(({ name }) => !up.has(name)).map(({ name }) => name);
        return { done: false, seen: `${up.size} of ${nodes.length} answer; not yet: ${missing.join(", ")}` };
      },
    }),
  );
}

export interface ConfigureRequest {
  readonly ansible: Ansible;
  readonly files: ClusterFiles;
  readonly nodes: readonly Node[];
  readonly plan: AwsNodes;
  readonly parityKey: string;
  readonly shareConnections?: boolean;
}

/** What runs elsewhere than planned is no cluster of this project's image. */
export function refuseOtherImages(reports: ReadonlyMap<string, NodeReport>, parityKey: string): void {
  const other = [...reports].filter(([, report]) => report.parityKey !== parityKey);
  if (other.length === 0) return;
  throw new UserError({
    exitCode: ExitCode.notReady,
    message: `Not every node runs the image that was built here (${parityKey}):\n${other.map(([node, report]) => `${node}: ${report.parityKey}`).join("\n")}`,
    hint: "Was the image replaced in the registry meanwhile? Remove the cluster and make it anew: pyspark-deploy destroy; pyspark-deploy create",
  });
}

/** Runs the Ansible role on all nodes; returns what each of them runs, proven to be the planned image. */
export async function configure(request: ConfigureRequest, { report }: Context): Promise<Node[]> {
  const { ansible, files, nodes, plan, parityKey, shareConnections = false } = request;
  const byName = new Map(nodes.map((node) => [node.name, node]));
  await pushKeys(files.directory, nodes);
  const reports = await report.step(
    "configure",
    `Ansible: image, config and Spark on ${nodes.length} hosts`,
    (step) =>
      ansible.configure({
        directory: files.ansible,
        sshConfigFile: files.sshConfig,
        shareConnections,
        hosts: plan.hosts.map(({ node, variables: own }) => ({ node, variables: { ...own } })),
        variables: { ...plan.variables },
        knownHosts: {
          file: files.knownHosts,
          nameOf: (name) => keyAlias(byName.get(name)),
        },
        onEvent: ({ host, task, phase }) => step.progress(`${host}: ${task} ${phase}`),
      }),
  );
  refuseOtherImages(reports, parityKey);
  return files.withHostKeys(nodes.map((node) => ({ ...node, parityKey })));
}
