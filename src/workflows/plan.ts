import { currentPrices } from "../adapters/aws/spot-prices.js";
import { cacheDirectory } from "../adapters/machine.js";
import { parseSeconds } from "../config/duration.js";
import { type AwsPlanRequest, type CloudOffer, planAwsCluster } from "../plan/aws/aws-plan.js";
import { type PricedCluster, type PriceList, pricedCluster } from "../plan/aws/price.js";
import type { Architecture } from "../plan/aws/shapes.js";
import { planLocalCluster } from "../plan/cluster-plan.js";
import { clusterWish } from "../plan/diagnosis.js";
import type { ClusterIdentity } from "../plan/identity.js";
import { type Preview, previewAws, previewLocal } from "../plan/preview.js";
import { askCloud, sshNetworks } from "../providers/aws/offer.js";
import type { ClusterRecord } from "../state/record.js";
import { awsScope } from "./aws-scope.js";
import type { Session } from "./session.js";

/** What a preview asks of the world beside this machine's Docker engine. */
export interface CloudFacts {
  offer(architecture: Architecture): Promise<CloudOffer>;
  sshNetworks(): Promise<readonly string[]>;
  prices(cluster: PricedCluster, zone: string): Promise<PriceList>;
}

function awsFacts(session: Session): CloudFacts {
  const { config } = session.loaded;
  const { env, signal } = session.context;
  const scope = awsScope(session);
  return {
    offer: (architecture) => askCloud(config, architecture, scope),
    sshNetworks: () => sshNetworks(config, { env, signal }),
    prices: ({ types, markets = [] }, zone) =>
      currentPrices(scope, { types, markets, zone, cacheDirectory: cacheDirectory(env), now: Date.now() }),
  };
}

/** What an image of the project is built for, or would be: of what exists nothing has to be built to be planned. */
async function imageArchitecture(session: Session, reference: string | undefined): Promise<Architecture> {
  const { platform } = session.loaded.config.image;
  const image = reference === undefined ? undefined : await session.engine.image(reference);
  const architecture =
    image?.architecture ?? platform?.replace(/^linux\//, "") ?? (await session.machine()).architecture;
  return /^(arm64|aarch64)$/.test(architecture) ? "arm64" : "amd64";
}

/** What create would do, or what of a cluster that runs is not as the config says now. */
export function changesOf(
  record: ClusterRecord | undefined,
  wanted: Pick<ClusterRecord, "provider" | "workers" | "workerCores" | "workerMemoryBytes"> & {
    readonly cluster: string;
    readonly treeHash: string;
  },
): string[] {
  const { cluster } = wanted;
  if (record === undefined) return [`"${cluster}" would be created`];
  if (record.phase === "updating") return [`"${cluster}" was left half updated: an update would finish it`];
  if (record.phase !== "ready")
    return [`"${cluster}" was left while ${record.phase}: it would be removed and created`];
  const difference = (name: string, is: number | string, will: number | string) =>
    is === will ? [] : [`${name}: ${is} now, ${will} in the config`];
  return [
    ...difference("provider", record.provider, wanted.provider),
    ...difference("workers", record.workers, wanted.workers),
    ...difference("cores of a worker", record.workerCores, wanted.workerCores),
    ...difference("heap of a worker in bytes", record.workerMemoryBytes, wanted.workerMemoryBytes),
    ...(record.image.treeHash === wanted.treeHash ? [] : ["image: the tree has changed since"]),
  ];
}

export interface PlanOptions {
  readonly name?: string | undefined;
  readonly facts?: CloudFacts;
}

/** What `create` would make of the config, without making or building anything. */
export async function previewCluster(session: Session, options: PlanOptions = {}): Promise<Preview> {
  const { config, profile } = session.loaded;
  const cluster = options.name ?? profile;
  const [record, treeHash] = await Promise.all([session.records.read(cluster), session.images.treeHash()]);
  const image = { reference: "", parityKey: "", ...(await session.images.find(treeHash)), treeHash };
  const identity: ClusterIdentity = {
    project: session.project,
    cluster,
    clusterId: "",
    created: "",
    owner: "",
    version: session.context.version,
  };
  const changes = (plan: {
    readonly workers: number;
    readonly worker: {
      readonly cores: number;
      readonly executorHeapBytes: number;
      readonly executors: number;
    };
  }) =>
    changesOf(record, {
      cluster,
      treeHash,
      provider: config.provider,
      workers: plan.workers,
      workerCores: plan.worker.cores,
      workerMemoryBytes: plan.worker.executorHeapBytes * plan.worker.executors,
    });
  if (config.provider === "local") {
    const machine = await session.machine();
    const secrets = { sparkSecret: "", s3AccessKey: "", s3SecretKey: "" };
    const plan = planLocalCluster({ config, identity, image, machine, secrets });
    return previewLocal({ plan, machine, wish: clusterWish(config), changes: changes(plan) });
  }
  const facts = options.facts ?? awsFacts(session);
  const architecture = await imageArchitecture(session, image.reference || undefined);
  const [cloud, sshCidrs] = await Promise.all([facts.offer(architecture), facts.sshNetworks()]);
  const ttlSeconds = parseSeconds(config.aws.ttl);
  const request: AwsPlanRequest = {
    config,
    identity,
    image: { ...image, architecture },
    cloud,
    sshCidrs,
    repositoryArns: [],
    expires: new Date(Date.now() + ttlSeconds * 1000).toISOString(),
    secrets: { sparkSecret: "" },
  };
  const plan = planAwsCluster(request);
  const prices = await facts.prices(pricedCluster(plan), plan.attempts[0].zone);
  return previewAws({ plan, prices, workload: config.spark.workload, ttlSeconds, changes: changes(plan) });
}
