import type { AnsibleEvent } from "../../adapters/ansible/events.js";
import { configureFailure } from "../../adapters/ansible/failure.js";
import { NodeReports } from "../../adapters/ansible/reports.js";
import { packRole } from "../../adapters/ansible/role-bundle.js";
import { chunks } from "../../adapters/aws/chunks.js";
import type { S3SharedObjects } from "../../adapters/aws/shared-objects.js";
import { assetPath } from "../../assets.js";
import type { Context } from "../../context.js";
import { bootFolder, reportsPrefix, roleKey } from "../../plan/aws/boot.js";
import { awsNodes } from "../../plan/aws/hosts.js";
import { waitUntil } from "../../wait.js";
import type { CloudFacts } from "../provider.js";
import { refuseOtherImages } from "./configure.js";
import { keyAlias } from "./files.js";
import type { NodesRequest } from "./nodes-up.js";

type Node = CloudFacts["nodes"][number];

/** A bucket is asked for reports so often at most: one request for a thousand nodes. */
const POLL_MS = 1000;
/** More names than this tell nothing more. */
const NAMED = 5;

/** Reports that are read at once. */
const READ_AT_ONCE = 20;

/** A cluster's objects on S3, by which its nodes configure themselves. */
export class BootPlace {
  readonly #folder: string;

  constructor(
    private readonly state: S3SharedObjects,
    clusterId: string,
  ) {
    this.#folder = bootFolder(clusterId);
  }

  get url(): string {
    return `${this.state.url(this.#folder)}/`;
  }

  /** `bucket/prefix` */
  get location(): string {
    return `${this.state.bucket}/${this.state.keyOf(this.#folder)}`;
  }

  /** Where a node finds the role. */
  async role(): Promise<{
    readonly bucket: string;
    readonly key: string;
    readonly region: string | undefined;
  }> {
    const { bucket } = this.state;
    return { bucket, key: this.state.keyOf(roleKey(this.#folder)), region: await this.state.region() };
  }

  /** Where nodes leave their reports, as the bucket knows it. */
  get reports(): string {
    return this.state.keyOf(reportsPrefix(this.#folder));
  }

  async putRole(packed: Uint8Array): Promise<void> {
    await this.state.write(roleKey(this.#folder), packed, undefined);
  }

  /** The reports by their keys, but for those seen, and those that can't be read yet: some servers list one while it is written. */
  async newReports(seen: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const keys = (await this.state.list(reportsPrefix(this.#folder))).filter((key) => !seen.has(key));
    const found = new Map<string, string>();
    for (const some of chunks(keys, READ_AT_ONCE))
      await Promise.all(
        some.map(async (key) => {
          const report = await this.state.read(key);
          if (report) found.set(key, report.text);
        }),
      );
    return found;
  }

  /**
   * Removes the role, its secrets and the reports.
   * @throws UserError (exit code 4) when S3 keeps any of it.
   */
  async remove(): Promise<void> {
    await this.state.remove(await this.state.list(`${this.#folder}/`));
  }
}

/** Lets the nodes run the role by themselves; returns what each of them runs, proven to be the planned image. */
export async function configureByBoot(
  { plan, files, nodes }: NodesRequest,
  place: BootPlace,
  { report, signal }: Context,
): Promise<Node[]> {
  const master = nodes.find(({ role }) => role === "master");
  const workers = nodes.filter(({ role }) => role === "worker");
  const { hosts, variables } = awsNodes(plan, { master: master?.privateIp ?? "", workers });
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const reports = new NodeReports({
    hosts: hosts.map(({ node, variables: own }) => ({ node, variables: { ...own } })),
    knownHosts: { file: files.knownHosts, nameOf: (name) => keyAlias(byName.get(name)) },
  });
  const seen = new Set<string>();
  const probe = async () => {
    for (const [key, text] of await place.newReports(seen)) {
      reports.add(JSON.parse(text) as AnsibleEvent[]);
      seen.add(key);
    }
    if (reports.failures.length > 0) throw configureFailure(reports.failures);
    const found = reports.reports();
    if (found.size === nodes.length) return { done: true, value: found } as const;
    const missing = nodes.filter(({ name }) => !found.has(name)).map(({ name }) => name);
    const more = missing.length > NAMED ? " …" : "";
    const names = missing.slice(0, NAMED).join(", ");
    return {
      done: false,
      seen: `${found.size} of ${nodes.length} are ready; not yet: ${names}${more}`,
    } as const;
  };
  const title = `${nodes.length} nodes configure themselves: image, config and Spark`;
  const found = await report.step("configure", title, async (step) => {
    const packed = await packRole(assetPath("ansible"), {
      variables: { ...variables },
      hosts: Object.fromEntries(hosts.map(({ privateIp, variables: own }) => [privateIp, { ...own }])),
      reports: place.reports,
    });
    await place.putRole(packed);
    return waitUntil({
      description: `${nodes.length} nodes to configure themselves`,
      timeoutSeconds: plan.readyTimeoutSeconds,
      longestDelayMs: POLL_MS,
      signal,
      hint: "See a node's own account: pyspark-deploy ssh worker-1 -- sudo journalctl -u pyspark-deploy-configure",
      onWait: step.progress,
      probe,
    });
  });
  refuseOtherImages(found, plan.image.parityKey);
  return files.withHostKeys(nodes.map((node) => ({ ...node, parityKey: plan.image.parityKey })));
}
