import { setTimeout as delay } from "node:timers/promises";
import { readMaster } from "../adapters/spark-master.js";
import type { Driver } from "../driver/driver.js";
import { ExitCode, InterruptedError, UserError } from "../errors.js";
import type { ClusterRecord } from "../state/record.js";
import { waitUntil } from "../wait.js";
import type { Session } from "./session.js";

/** What a cluster's restart would end, in words. */
export interface InUse {
  readonly jobs: readonly string[];
  /** Logins, and applications that were started in them or elsewhere. */
  readonly others: readonly string[];
}

/** The verb under which an update holds the cluster's lock while it waits for jobs: who submits is told. */
export const DRAINING = "update --drain";

/** Jobs that run on a cluster, for people. */
export async function jobsOn(driver: Driver): Promise<string[]> {
  return (await driver.runningJobs()).map(({ command, id }) => `${command.join(" ")} (${id})`);
}

/** Names of the applications that the master has; none while it can't be reached. */
export async function applicationsAt(ui: string | undefined): Promise<string[]> {
  const master = ui === undefined ? undefined : await readMaster(ui);
  return (master?.applications ?? []).map(({ name }) => name);
}

/** Looks at jobs, logins and whatever else has an application at the master. */
async function lookForUse(session: Session, record: ClusterRecord, driver: Driver): Promise<InUse> {
  const [jobs, sessions, ui] = await Promise.all([
    jobsOn(driver),
    driver.sessions(),
    // Of a cluster that is half replaced nothing may answer.
    session.masterUi(record).catch(() => undefined),
  ]);
  if (jobs.length > 0 || sessions.length > 0) return { jobs, others: sessions };
  return { jobs: [], others: (await applicationsAt(ui)).map((name) => `the application ${name}`) };
}

const isFree = ({ jobs, others }: InUse) => jobs.length + others.length === 0;
const sentence = ({ jobs, others }: InUse) => [...jobs, ...others].join("; ");

/** Long enough not to load the engine for hours, short enough for who waits. */
const LOOK_SECONDS = 2;

async function drain(session: Session, record: ClusterRecord, driver: Driver): Promise<void> {
  const { report, signal } = session.context;
  const { cluster } = record.identity;
  await report
    .step("drain", `Waiting until nothing runs on ${cluster}`, (step) =>
      waitUntil({
        description: `"${cluster}" to have nothing to do`,
        timeoutSeconds: Number.POSITIVE_INFINITY,
        longestDelayMs: LOOK_SECONDS * 1000,
        signal,
        onWait: step.progress,
        probe: async () => {
          const use = await lookForUse(session, record, driver);
          return isFree(use) ? { done: true, value: undefined } : { done: false, seen: sentence(use) };
        },
      }),
    )
    .catch((error: unknown) => {
      if (!(error instanceof InterruptedError)) throw error;
      throw new InterruptedError(`Interrupted: "${cluster}" is as it was, and its jobs go on.`);
    });
}

/** Ends the jobs; logins end with the driver container. */
async function endJobs(driver: Driver): Promise<void> {
  for (let running = await driver.runningJobs(); running.length > 0; running = await driver.runningJobs()) {
    await Promise.all(running.map(({ id }) => driver.interrupt(id, "KILL")));
    await delay(100);
  }
}

export interface InTheWay {
  /** Wait until it has ended. */
  readonly drain: boolean;
  /** End it. */
  readonly force: boolean;
}

/**
 * Returns when nothing runs on a cluster that a restart would end.
 * @throws UserError (exit code 6) that names what runs, when it is neither to be waited for nor to be ended.
 */
export async function makeFree(
  session: Session,
  record: ClusterRecord,
  driver: Driver,
  options: InTheWay,
): Promise<void> {
  if (options.force) return endJobs(driver);
  const use = await lookForUse(session, record, driver);
  if (isFree(use)) return;
  if (options.drain) return drain(session, record, driver);
  const { cluster } = record.identity;
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `"${cluster}" is in use, and an update would end it: ${sentence(use)}.`,
    hint: `Wait until it is done: pyspark-deploy update ${cluster} --drain; or end it: pyspark-deploy update ${cluster} --force`,
  });
}

/** Refuses what would start on a cluster while an update waits for it to be free. */
export async function refuseWhileDraining(session: Session, { identity }: ClusterRecord): Promise<void> {
  if ((await session.atWork(identity.cluster)) !== DRAINING) return;
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `An update of "${identity.cluster}" waits until its jobs are done: no new one is started.`,
    hint: "Submit it again when the update is done, or end the update with Ctrl-C.",
  });
}
