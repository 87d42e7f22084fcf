import { type Config, configSchema } from "../config/schema.js";
import { isSecretName, MASK } from "../config/secrets.js";
import type { Driver } from "../driver/driver.js";
import { ExitCode, InterruptedError, UserError } from "../errors.js";
import { beyondUpdate, type Change, changesOfUpdate } from "../plan/update.js";
import type { PlanRequest, RunningCluster } from "../providers/provider.js";
import { type ClusterRecord, createCommand, type RecordedSecrets } from "../state/record.js";
import { deliver } from "./create.js";
import { DRAINING, type InTheWay, makeFree } from "./in-use.js";
import { secretsOf } from "./secrets.js";
import type { Session } from "./session.js";

export interface UpdateOptions extends InTheWay {
  /** Leave the image, whatever the tree is now. */
  readonly configOnly: boolean;
  /** What the user runs. */
  readonly verb: string;
}

export interface Updated {
  readonly record: ClusterRecord;
  /** One line each; empty when nothing had to be done. */
  readonly changes: readonly string[];
}

/** A cluster that can be updated: one that is ready, or whose update was cut short. */
async function updatable(session: Session, cluster: string): Promise<ClusterRecord> {
  const record = await session.records.read(cluster);
  return record?.phase === "updating" ? record : session.ready(cluster);
}

/** The config that the cluster has; undefined where an earlier version did not keep it. */
function appliedConfig({ config }: RecordedSecrets): Config | undefined {
  const known = configSchema.safeParse(config).data;
  if (known?.project === undefined) return undefined;
  const { profiles: _, project, ...rest } = known;
  return { ...rest, project };
}

/** The image of the tree, where the nodes get it; the cluster's own when it is the same. */
async function wantedImage(
  session: Session,
  record: ClusterRecord,
  configOnly: boolean,
): Promise<PlanRequest["image"]> {
  if (configOnly) return record.image;
  const image = await session.images.project();
  return image.parityKey === record.image.parityKey ? record.image : deliver(session, image);
}

function refuseOtherStorage(record: ClusterRecord, { facts }: RunningCluster): void {
  if (facts.storage.embedded === record.storage.embedded) return;
  const { cluster } = record.identity;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `storage.s3 has changed, and "${cluster}" was made ${record.storage.embedded ? "with" : "without"} an S3 server of its own.`,
    hint: `Make it anew (its data stays): pyspark-deploy destroy ${cluster}; ${createCommand(record)}`,
  });
}

/** For people: secrets are masked. */
function describeChange({ what, before, after }: Change): string {
  if (before === undefined || after === undefined) return `${what} differs`;
  const hide = (value: string) => (isSecretName(what) && value !== "not set" ? MASK : value);
  return `${what}: ${hide(before)} → ${hide(after)}`;
}

interface Step {
  readonly session: Session;
  readonly record: ClusterRecord;
  readonly previous: RunningCluster;
  readonly next: RunningCluster;
}

/** Puts back what ran before, and says why. */
async function rollBack({ session, record, previous }: Step, error: unknown): Promise<never> {
  const { cluster } = record.identity;
  if (error instanceof InterruptedError) {
    throw new InterruptedError(
      `Interrupted: "${cluster}" is half updated. Finish it: pyspark-deploy update ${cluster}; or remove it: pyspark-deploy destroy ${cluster}`,
    );
  }
  const known = error instanceof UserError ? error : undefined;
  session.context.report.note(
    `${(error as Error).message} Going back to what "${cluster}" ran before.`,
    "warning",
  );
  await previous.replace(session.context).catch((second: unknown) => {
    if (second instanceof InterruptedError)
      return rollBack({ session, record, previous, next: previous }, second);
    throw new UserError({
      exitCode: ExitCode.notReady,
      message: `"${cluster}" came up neither with what is new (${(error as Error).message}) nor with what it ran before (${(second as Error).message}).`,
      hint: `Mend the first and run it again: pyspark-deploy update ${cluster}; or make it anew, its data stays: pyspark-deploy destroy ${cluster}; ${createCommand(record)}`,
      output: known?.output,
      cause: second,
    });
  });
  await session.records.write({ ...record, phase: "ready" });
  if (!known) throw error;
  throw new UserError({
    exitCode: known.exitCode,
    message: `"${cluster}" did not come up with what is new, and runs again what it ran before.\n${known.message}`,
    hint: `Mend it, then: pyspark-deploy update ${cluster}`,
    output: known.output,
    cause: known,
  });
}

/** From here on the cluster is not what its record says, until it is written again. */
async function replaceNodes(step: Step, config: Config, secrets: RecordedSecrets): Promise<ClusterRecord> {
  const { session, record, next } = step;
  const { cluster } = record.identity;
  await session.state.fence(cluster);
  await next.replace(session.context).catch((error: unknown) => rollBack(step, error));
  const updated: ClusterRecord = {
    ...record,
    ...next.facts,
    phase: "ready",
    waterfall: [...session.context.report.waterfall()],
  };
  await session.records.writeSecrets(cluster, { ...secrets, config });
  await session.records.write(updated);
  return updated;
}

/** Nothing may begin between the last look and the restart: `submit` refuses a cluster that is updating. */
async function claim(
  session: Session,
  record: ClusterRecord,
  driver: Driver,
  options: InTheWay,
): Promise<void> {
  const write = (phase: ClusterRecord["phase"]) => session.records.write({ ...record, phase });
  for (;;) {
    await makeFree(session, record, driver, options);
    await write("updating");
    if ((await driver.runningJobs()).length === 0) return;
    await write(record.phase);
  }
}

async function updateLocked(
  session: Session,
  record: ClusterRecord,
  options: UpdateOptions,
): Promise<Updated> {
  const { report } = session.context;
  const secrets = await secretsOf(session, record, "its data can't be reached");
  const applied = appliedConfig(secrets);
  // A connection is opened while the image is built.
  const [image, driver] = await Promise.all([
    wantedImage(session, record, options.configOnly),
    session.driver(record),
  ]);
  // How many workers a config has in mind decides their size on a laptop, and that stays.
  const config = { ...session.loaded.config, workers: applied?.workers ?? record.workers };
  const provider = session.providerOf(record);
  const planned = (request: Pick<PlanRequest, "config" | "image">) =>
    provider.running(record, { ...request, identity: record.identity, secrets });
  const [previous, next] = await Promise.all([
    planned({ config: applied ?? config, image: record.image }),
    planned({ config, image }),
  ]);
  refuseOtherStorage(record, next);
  const changes = changesOfUpdate(
    { ...previous.facts, confFiles: previous.confFiles },
    { ...next.facts, confFiles: next.confFiles },
  ).map(describeChange);
  for (const text of applied ? beyondUpdate(applied, session.loaded.config) : [])
    report.note(text, "warning");
  if (applied === undefined)
    changes.push("configuration: that of the cluster is not known, and is put on anew");
  if (record.phase === "updating") changes.push("an update that was cut short is finished");
  if (changes.length === 0) return { record, changes };
  for (const change of changes) report.note(change);
  await next.pull(session.context);
  await claim(session, record, driver, options);
  return { record: await replaceNodes({ session, record, previous, next }, config, secrets), changes };
}

/** Puts the tree's image and the config onto a cluster that runs; machines, data, name and addresses stay. */
export async function updateCluster(
  session: Session,
  name: string | undefined,
  options: UpdateOptions,
): Promise<Updated> {
  const cluster = await session.choose(name, await session.records.names());
  return session.locked(cluster, options.drain ? DRAINING : options.verb, async () => {
    const record = await updatable(session, cluster);
    return updateLocked(session.forRecord(record), record, options);
  });
}
