import { ExitCode, InterruptedError, UserError } from "../../errors.js";
import { waitUntil } from "../../wait.js";
import { type AwsScope, inRegion } from "./client.js";
import { terminateInstances } from "./ec2.js";
import { EC2_KINDS } from "./ec2-kinds.js";
import { awsCode, isRefusal } from "./errors.js";
import { removeProfile, removeRole } from "./iam.js";
import {
  type Inventory,
  KINDS,
  type Kind,
  look,
  type Resource,
  type Services,
  services,
} from "./inventory.js";
import { enabledRegions } from "./regions.js";
import { CLUSTER_ID_TAG, type ClusterSelector, selectorTags } from "./tags.js";

export interface SweepOptions {
  /** Of the whole; AWS takes 30 to 120 s to terminate an instance. */
  readonly timeoutSeconds?: number;
  readonly onProgress?: (text: string) => void;
}

export interface SweepLook {
  readonly service: "EC2" | "IAM";
  readonly kind: Kind;
  /** At first. */
  readonly found: number;
  /** At the end. */
  readonly left: number;
}

export interface SweepResult {
  /** The ids of the clusters that had something here. */
  readonly clusterIds: readonly string[];
  /** What was removed, as "kind id". */
  readonly removed: readonly string[];
  /** What is still there; the removal is proven when this and `reasons` are empty. */
  readonly left: readonly string[];
  /** What AWS said of what is left, and what the credentials may not look at. */
  readonly reasons: readonly string[];
  readonly looked: readonly SweepLook[];
}

/** What comes first is used by what comes later; those of one row go at once. */
const STAGES: readonly (readonly Kind[])[] = [
  ["spot-request", "fleet"],
  ["instance"],
  ["launch-template", "key-pair", "vpc-endpoint", "instance-profile"],
  ["iam-role"],
  ["volume", "elastic-ip", "network-interface"],
  ["security-group", "route-table", "internet-gateway"],
  ["subnet"],
  ["vpc"],
];
/** These stages need not wait until instances are terminated. */
const EARLY_STAGES = 4;

const GONE = /NotFound|NoSuchEntity|NotAttached|InvalidAttachmentID/;
/** Termination protection, and what belongs to AWS itself. */
const FINAL = /^OperationNotPermitted|^UnmodifiableEntity/;
const LONGEST_DELAY_MS = 2000;

const nameOf = ({ kind, id }: Resource) => `${kind} ${id}`;
const isIam = ({ kind }: Resource) => !(kind in EC2_KINDS);
const clusterIdOf = ({ tags }: Resource) => tags[CLUSTER_ID_TAG] ?? "";

/** Why something is still there; `final` when trying again is useless. */
interface Refusal {
  readonly text: string;
  readonly final: boolean;
}

async function remove({ ec2, iam }: Services, { kind, id }: Resource): Promise<void> {
  if (kind === "iam-role") await removeRole(iam, id);
  else if (kind === "instance-profile") await removeProfile(iam, id);
  else await EC2_KINDS[kind].remove(ec2, id);
}

/** Tries once to remove a resource; one that is gone is no error. */
async function tryToRemove(asked: Services, resource: Resource): Promise<Refusal | undefined> {
  try {
    await remove(asked, resource);
    return undefined;
  } catch (error) {
    const code = awsCode(error);
    if (error instanceof InterruptedError || code === undefined) throw error;
    if (GONE.test(code)) return undefined;
    const text = `${nameOf(resource)}: ${(error as Error).message}`;
    return { text, final: isRefusal(error) || FINAL.test(code) };
  }
}

const isEnding = ({ state }: Resource) => state === "shutting-down";

/** Tries once to remove each; what is in use is refused, and tried again in the next round. */
async function round(asked: Services, resources: readonly Resource[]): Promise<Map<string, Refusal>> {
  const refusals = new Map<string, Refusal>();
  const instances = resources.filter(({ kind }) => kind === "instance");
  const running = instances.filter((instance) => !isEnding(instance)).map(({ id }) => id);
  // All in one call; a single one that AWS protects spoils it, and then each is told for itself.
  const told = await terminateInstances(asked.ec2, running).then(
    () => true,
    () => false,
  );
  for (const stage of instances.length > 0 ? STAGES.slice(0, EARLY_STAGES) : STAGES)
    await Promise.all(
      resources
        .filter((resource) => stage.includes(resource.kind) && !isEnding(resource))
        .filter(({ kind }) => kind !== "instance" || !told)
        .map(async (resource) => {
          const refusal = await tryToRemove(asked, resource);
          if (refusal) refusals.set(nameOf(resource), refusal);
        }),
    );
  return refusals;
}

interface Foreign {
  /** Ids of clusters whose IAM resources stay. */
  readonly ids: ReadonlySet<string>;
  /** Why nobody knows whether they should. */
  readonly doubt?: string;
}

/**
 * IAM has no regions: what is there of a cluster that this region knows nothing of may be its namesake's in another one, which stays.
 */
async function foreignClusters(scope: AwsScope, resources: readonly Resource[]): Promise<Foreign> {
  const here = new Set(resources.filter((resource) => !isIam(resource)).map(clusterIdOf));
  const unknown = [...new Set(resources.map(clusterIdOf))].filter((id) => !here.has(id));
  if (unknown.length === 0) return { ids: new Set() };
  const livingIn = async (region: string) => {
    const elsewhere = services(inRegion(scope, region));
    const found = await Promise.all(
      unknown.map((id) => look(elsewhere, { [CLUSTER_ID_TAG]: id }, ["instance", "launch-template", "vpc"])),
    );
    return unknown.filter((_, at) => (found[at]?.resources.length ?? 0) > 0);
  };
  try {
    const regions = (await enabledRegions(scope)).filter((region) => region !== scope.region);
    return { ids: new Set((await Promise.all(regions.map(livingIn))).flat()) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const doubt = `IAM roles of a cluster of this name stay, since another region may have it: ${error.message}`;
    return { ids: new Set(unknown), doubt };
  }
}

/** "2 instance, 1 vpc" */
function summary(resources: readonly Resource[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of resources) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}

/**
 * Removes everything that has the cluster's tags, whatever else is known of it, waits until it is gone, and looks again.
 * Does no harm when there is nothing. Instances go first; what they use is tried until AWS lets go of it.
 * @throws UserError (exit code 4) when AWS can't be asked at all; what could not be removed is in the result.
 */
export async function removeAll(
  scope: AwsScope,
  selector: ClusterSelector,
  { timeoutSeconds = 600, onProgress = () => {} }: SweepOptions = {},
): Promise<SweepResult> {
  const asked = services(scope);
  const tags = selectorTags(selector);
  const first = await look(asked, tags);
  const foreign: Foreign =
    "clusterId" in selector ? { ids: new Set() } : await foreignClusters(scope, first.resources);
  const ours = (resource: Resource) => !(isIam(resource) && foreign.ids.has(clusterIdOf(resource)));

  let found: Inventory = { ...first, resources: first.resources.filter(ours) };
  const before = found;
  let refusals = new Map<string, Refusal>();
  const find = async (kinds?: readonly Kind[]) => {
    const next = await look(asked, tags, kinds);
    found = { ...next, resources: next.resources.filter(ours) };
  };
  await waitUntil({
    description: "everything to go",
    timeoutSeconds,
    longestDelayMs: LONGEST_DELAY_MS,
    signal: scope.signal,
    onWait: onProgress,
    probe: async () => {
      if (found.resources.length > 0) {
        refusals = await round(asked, found.resources);
        await find(KINDS.filter((kind) => found.resources.some((resource) => resource.kind === kind)));
        // That all is gone is proven by looking at everything once more.
        if (found.resources.length === 0) await find();
      }
      const hopeless = found.resources.every((resource) => refusals.get(nameOf(resource))?.final);
      return hopeless ? { done: true, value: undefined } : { done: false, seen: summary(found.resources) };
    },
  }).catch(async (error: unknown) => {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.notReady) throw error;
  });
  if (found.looked.length < before.looked.length) await find();
  return result(before, found, refusals, foreign);
}

function result(
  before: Inventory,
  after: Inventory,
  refusals: ReadonlyMap<string, Refusal>,
  { doubt }: Foreign,
): SweepResult {
  const left = after.resources.map(nameOf);
  const count = ({ resources }: Inventory, kind: Kind) =>
    resources.filter((resource) => resource.kind === kind).length;
  return {
    clusterIds: [...new Set(before.resources.map(clusterIdOf))].filter((id) => id !== ""),
    removed: before.resources.map(nameOf).filter((name) => !left.includes(name)),
    left,
    reasons: [
      ...left.flatMap((name) => refusals.get(name)?.text ?? []),
      ...(doubt === undefined ? [] : [doubt]),
      ...after.unseen.map(({ kind, reason }) => `Nobody knows whether a ${kind} is left: ${reason}`),
    ],
    looked: after.looked.map(({ service, kind }) => ({
      service,
      kind,
      found: count(before, kind),
      left: count(after, kind),
    })),
  };
}
