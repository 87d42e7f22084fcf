import { existsSync } from "node:fs";
import { endLeftAnsible } from "../../adapters/ansible/running.js";
import { readAuthorities } from "../../adapters/authorities.js";
import { listClusters } from "../../adapters/aws/clusters.js";
import { setDeadlineTag } from "../../adapters/aws/deadline.js";
import { type CloudInstance, Ec2 } from "../../adapters/aws/ec2.js";
import { isNoBucket } from "../../adapters/aws/errors.js";
import { removeAll } from "../../adapters/aws/sweep.js";
import { closeConnections } from "../../adapters/ssh/connection.js";
import { findTerraform } from "../../adapters/terraform/find.js";
import { endLeftTerraform } from "../../adapters/terraform/running.js";
import { epochSeconds } from "../../config/duration.js";
import type { Config } from "../../config/schema.js";
import type { Context } from "../../context.js";
import { ExitCode, UserError } from "../../errors.js";
import { LABEL_PREFIX } from "../../plan/identity.js";
import type { ClusterRecord } from "../../state/record.js";
import type {
  ClusterName,
  ClusterState,
  DestroyResult,
  NodeState,
  PlannedCluster,
  PlanRequest,
  Provider,
  RecordedName,
  RunningCluster,
} from "../provider.js";
import { admit } from "./admission.js";
import { BootPlace } from "./boot.js";
import { connectionsFrom } from "./connections.js";
import { ClusterFiles } from "./files.js";
import { nameNodes } from "./nodes.js";
import type { AwsProviderOptions } from "./options.js";
import { planCluster } from "./planned.js";
import { runningCluster } from "./running.js";

/** What the boot put on each host to move its deadline (seconds since 1970). */
const EXTEND_ON_HOST = "/usr/local/sbin/pyspark-deploy-extend";

/** Clusters whose nodes are EC2 instances. */
export class AwsProvider implements Provider {
  readonly name = "aws";
  readonly pulls = true;
  readonly #ec2: Ec2;

  constructor(private readonly options: AwsProviderOptions) {
    this.#ec2 = new Ec2(options.scope);
  }

  /** Tools first: they are what a newcomer lacks. */
  async check({ aws }: Config): Promise<void> {
    await findTerraform();
    await readAuthorities(this.options.projectDirectory, aws.caBundle);
  }

  async plan(request: PlanRequest): Promise<PlannedCluster> {
    return planCluster(request, this.options);
  }

  async running(record: ClusterRecord, request: PlanRequest): Promise<RunningCluster> {
    return runningCluster(record, request, this.options);
  }

  async state(name: RecordedName): Promise<ClusterState> {
    const instances = await this.#ec2.clusterInstances(name);
    const recorded = name.nodes ?? [];
    // EC2 forgets a terminated instance after an hour; the record does not.
    const gone = recorded.filter(({ instance }) => !instances.some(({ id }) => id === instance));
    const nodes = [...nameNodes(instances, recorded), ...gone].map(
      ({ name: node, role, instance, type, market, zone, address }): NodeState => {
        const state = instances.find(({ id }) => id === instance)?.state ?? "gone";
        const known = recorded.length === 0 || recorded.some((one) => one.instance === instance);
        return {
          name: node,
          role,
          running: state === "running",
          known,
          place: `${instance} (${[type, ...(market ? [market] : []), zone].join(", ")}) ${address}`,
        };
      },
    );
    return { nodes, ui: await this.#ui(name, instances), s3: undefined };
  }

  /** The master's UI through SSH; undefined while there is no way to it. */
  async #ui({ cluster }: ClusterName, instances: readonly CloudInstance[]): Promise<string | undefined> {
    const master = instances.find(({ role, state }) => role === "master" && state === "running");
    const clusterId = master?.tags[`${LABEL_PREFIX}cluster-id`];
    if (clusterId === undefined) return undefined;
    const files = new ClusterFiles(this.options.directory(cluster), clusterId);
    if (!existsSync(files.sshConfig)) return undefined;
    const connections = connectionsFrom(files.directory, clusterId, this.options.scope.signal);
    return connections.tunnel("master").then(
      ({ ui }) => ui,
      () => undefined,
    );
  }

  async find(project: string): Promise<string[]> {
    const { scope } = this.options;
    const { clusters } = await listClusters(scope, { project, regions: [scope.region] });
    return [...new Set(clusters.map(({ cluster }) => cluster))].sort();
  }

  admit(record: ClusterRecord, context: Context): Promise<boolean> {
    return admit(this.options.scope, record, context);
  }

  async extend({ identity, cloud }: ClusterRecord, deadline: string): Promise<void> {
    const { cluster, clusterId } = identity;
    const files = new ClusterFiles(this.options.directory(cluster), clusterId);
    const { signal } = this.options.scope;
    const connections = connectionsFrom(files.directory, clusterId, signal);
    const epoch = epochSeconds(deadline);
    const told = await Promise.allSettled([
      setDeadlineTag(this.options.scope, clusterId, deadline),
      ...(cloud?.nodes ?? []).map(async ({ name }) => {
        const result = await connections.run(name, `sudo ${EXTEND_ON_HOST} ${epoch}`);
        if (result.exitCode !== 0) throw new Error(`${name}: ${result.stderr.trim()}`);
      }),
    ]);
    const failures = told.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
    if (failures.length === 0) return;
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `Not all of "${cluster}" took the new deadline:\n${failures.map(({ message }) => message).join("\n")}`,
      hint: `Look which hosts are there: pyspark-deploy status ${cluster}; then run the command again.`,
    });
  }

  /** By tags alone: what a killed Terraform made is in no state file. */
  async destroy(
    name: ClusterName,
    _: { readonly purge: boolean },
    onProgress: (text: string) => void,
  ): Promise<DestroyResult> {
    const { project, cluster, clusterId } = name;
    const files = new ClusterFiles(this.options.directory(cluster), clusterId ?? "");
    await Promise.all([endLeftTerraform(files.terraform), endLeftAnsible(files.ansible)]);
    const selector = clusterId === undefined ? { project, cluster } : { clusterId };
    const { clusterIds, ...result } = await removeAll(this.options.scope, selector, { onProgress });
    // Of one whose record is lost only its tags tell the id.
    const ids = [...new Set([...clusterIds, ...(clusterId === undefined ? [] : [clusterId])])];
    const onS3 = (await Promise.all(ids.map((id) => this.#removeFromS3(id)))).flatMap((found) => found ?? []);
    // What they can't be closed for keeps nothing that costs anything.
    await Promise.allSettled(ids.map(closeConnections));
    const looked = result.looked.map(
      ({ service, kind, found, left }) => `${service} ${kind}: ${found} found, ${left} left`,
    );
    return {
      ...result,
      left: [...result.left, ...onS3.map(({ left }) => left)],
      reasons: [...result.reasons, ...onS3.map(({ reason }) => reason)],
      looked,
      kept: [],
    };
  }

  /** What nodes configured themselves with, secrets among it, where a `create` that was killed left it; why it stays. */
  async #removeFromS3(clusterId: string): Promise<{ left: string; reason: string } | undefined> {
    const { shared } = this.options;
    if (!shared) return undefined;
    const place = new BootPlace(shared, clusterId);
    try {
      await place.remove();
      return undefined;
    } catch (error) {
      // Without its bucket there is nothing of it.
      if (isNoBucket(error)) return undefined;
      if (!(error instanceof UserError)) throw error;
      return { left: place.url, reason: error.message };
    }
  }
}
