import type { AnsibleEvent } from "../../adapters/ansible/events.js";
import { configureFailure } from "../../adapters/ansible/failure.js";
import { NodeReports } from "../../adapters/ansible/reports.js";
import { packRole } from "../../adapters/ansible/role-bundle.js";
import { BootObjects, bucketRegion } from "../../adapters/aws/boot-objects.js";
import type { AwsScope } from "../../adapters/aws/client.js";
import { assetPath } from "../../assets.js";
import type { Context } from "../../context.js";
import { type BootLocation, reportsPrefix, roleKey } from "../../plan/aws/boot.js";
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

/** A cluster's objects on S3, with the region of their bucket. */
export interface BootPlace extends BootLocation {
  readonly region: string;
}

/** Where those objects are, with their bucket's region, which S3 is asked for. */
export async function placeOf(location: BootLocation, scope: AwsScope): Promise<BootPlace> {
  return { ...location, region: await bucketRegion(scope, location.bucket) };
}

const objects = (scope: AwsScope, { bucket, region }: BootPlace) => new BootObjects(scope, bucket, region);

/** Removes the role, its secrets and the reports. */
export const removeBootObjects = (scope: AwsScope, place: BootPlace): Promise<void> =>
  objects(scope, place).remove(`${place.prefix}/`);

/** Lets the nodes run the role by themselves; returns what each of them runs, proven to be the planned image. */
export async function configureByBoot(
  { plan, files, nodes }: NodesRequest,
  place: BootPlace,
  scope: AwsScope,
  { report, signal }: Context,
): Promise<Node[]> {
  const master = nodes.find(({ role }) => role === "master");
  const workers = nodes.filter(({ role }) => role === "worker");
  const { hosts, variables } = awsNodes(plan, { master: master?.privateIp ?? "", workers });
  const store = objects(scope, place);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const reports = new NodeReports({
    hosts: hosts.map(({ node, variables: own }) => ({ node, variables: { ...own } })),
    knownHosts: { file: files.knownHosts, nameOf: (name) => keyAlias(byName.get(name)) },
  });
  const seen = new Set<string>();
  const probe = async () => {
    const keys = (await store.keys(reportsPrefix(place))).filter((key) => !seen.has(key));
    const texts = await store.texts(keys);
    for (const [key, text] of texts) {
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
      reports: reportsPrefix(place),
    });
    await store.put(roleKey(place), packed);
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
