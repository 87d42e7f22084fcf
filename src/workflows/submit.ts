import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { SPARK_UID } from "../adapters/docker/container.js";
import { isInTree, listTree } from "../adapters/source-tree.js";
import { nearest } from "../config/suggest.js";
import type { Driver } from "../driver/driver.js";
import { type JobRequest, newJobId } from "../driver/job.js";
import { ExitCode, UserError } from "../errors.js";
import { explainJobFailure } from "../plan/job-failure.js";
import { explainLosses } from "../plan/spot-loss.js";
import type { ClusterRecord } from "../state/record.js";
import { createCluster } from "./create.js";
import { destroyCluster } from "./destroy.js";
import { refuseWhileDraining } from "./in-use.js";
import { userAtHost } from "./owner.js";
import type { Session } from "./session.js";
import { spotLosses } from "./spot.js";
import { runStoppable } from "./stoppable.js";
import { jobCredentials } from "./storage.js";
import { updateCluster } from "./update.js";

export interface SubmitRequest extends Pick<JobRequest, "script" | "arguments" | "conf" | "logLevel"> {
  /** Put the tree's image onto the cluster first. */
  readonly build: boolean;
  /** Run the working tree instead of the code in the image. */
  readonly mount: boolean;
}

export interface JobResult {
  readonly job: string;
  readonly cluster: string;
  readonly exitCode: number;
  readonly seconds: number;
}

/** The job's path as the image has it: relative to its working directory, where the context's files are. */
async function scriptInImage(session: Session, script: string): Promise<string> {
  if (isAbsolute(script)) return script;
  const context = join(session.loaded.directory, session.loaded.config.image.context);
  const fromHere = join(session.context.directory, script);
  const path = relative(context, existsSync(fromHere) ? fromHere : join(context, script));
  if (await isInTree(context, path)) return path;
  const isThere = !path.startsWith("..") && existsSync(join(context, path));
  const jobs = (await listTree(context)).filter((file) => file.endsWith(".py"));
  const near = nearest(script, jobs);
  throw new UserError({
    exitCode: ExitCode.usage,
    message: isThere
      ? `The image has no ${path}: .dockerignore leaves it out.`
      : `There is no job ${script} in ${context}.`,
    hint: isThere
      ? `Take it back in: echo '!${path}' >> ${join(context, ".dockerignore")}`
      : near === undefined
        ? "Give the path of the job's file, relative to this folder or to the project's; of a file that only the image has, its absolute path."
        : `Did you mean ${near}?`,
  });
}

/** The working tree in place of the code in the image. */
async function mountTree(session: Session, record: ClusterRecord) {
  if (!record.driver.sharesFiles) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: "--mount needs a cluster on this machine's own Docker engine.",
      hint: "Use --build: it puts the new code onto the cluster as an image.",
    });
  }
  const source = join(session.loaded.directory, session.loaded.config.image.context);
  const { mode, uid } = await stat(source);
  if ((mode & 0o005) !== 0o005 && uid !== SPARK_UID && process.platform === "linux") {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `--mount: the container's user can't read ${source}.`,
      hint: `Allow it: chmod o+rx ${source}; or use --build.`,
    });
  }
  const [image, treeHash] = await Promise.all([
    session.engine.image(record.image.reference),
    session.images.treeHash(),
  ]);
  return { treeHash, mount: { source, target: image?.workingDirectory ?? "/app" } };
}

/** Says when the code that runs is not the code in the working tree. */
async function warnOfOldCode(session: Session, record: ClusterRecord): Promise<void> {
  if ((await session.images.treeHash()) === record.image.treeHash) return;
  session.context.report.note(
    "The working tree has changed since the cluster's image was built: this job runs the old code. Use --build to put the new image onto the cluster, or --mount to run the tree as it is.",
    "warning",
  );
}

/** A job that starts this close to the end of its cluster may not see its own. */
const NEAR_MINUTES = 30;

/** Says when the nodes will switch themselves off soon. */
function warnOfDeadline({ context }: Session, { cloud, identity }: ClusterRecord): void {
  if (!cloud) return;
  const minutes = Math.round((Date.parse(cloud.deadline) - Date.now()) / 60_000);
  if (minutes > NEAR_MINUTES) return;
  const when = minutes > 0 ? `in ${minutes} min` : "by now";
  context.report.note(
    `"${identity.cluster}" switches itself off ${when}. Move its deadline: pyspark-deploy extend ${identity.cluster} 4h`,
    "warning",
  );
}

/** What can be told of a failure beside the job's own output; never in place of its exit code. */
async function tellWhy({ context: { report } }: Session, driver: Driver, job: string): Promise<void> {
  try {
    const why = explainJobFailure(await driver.postMortem(job));
    if (why !== undefined) report.note(why, "warning");
  } catch (error) {
    report.note(`Why the job failed can't be looked up: ${(error as Error).message}`, "debug");
  }
}

/** The cluster with the tree's image and the config on it. */
async function withTree(session: Session, { identity }: ClusterRecord): Promise<ClusterRecord> {
  const how = { drain: false, force: false, configOnly: false, verb: "submit --build" };
  const { record } = await updateCluster(session, identity.cluster, how);
  return record;
}

/** Which machines a cluster of spot ones loses: a job that ended well had less of them, too. */
async function tellLosses(session: Session, record: ClusterRecord, failed: boolean): Promise<void> {
  const { identity, cloud, workers } = record;
  if (!cloud?.nodes.some(({ market }) => market === "spot")) return;
  const { report } = session.context;
  try {
    const { ui } = await session.connections(record).tunnel("master");
    const losses = await spotLosses(session, record, ui);
    const what = explainLosses(losses, { cluster: identity.cluster, workers, failed });
    if (what !== undefined) report.note(what, "warning");
  } catch (error) {
    report.note(`What became of the spot machines can't be looked up: ${(error as Error).message}`, "debug");
  }
}

/** Runs a job on a ready cluster, its output passed on as it comes; returns with the job's own exit code. */
export async function submitJob(
  anySession: Session,
  name: string | undefined,
  request: SubmitRequest,
  { stopsWithTerminal } = { stopsWithTerminal: false },
): Promise<JobResult> {
  const found = await anySession.ready(name);
  const session = anySession.forRecord(found);
  const script = await scriptInImage(session, request.script);
  await refuseWhileDraining(session, found);
  const record = request.build ? await withTree(session, found) : found;
  const [secretEnvironment, mounted] = await Promise.all([
    jobCredentials(record),
    request.mount ? mountTree(session, record) : undefined,
  ]);
  warnOfDeadline(session, record);
  const { report, stdout, stderr } = session.context;
  const job = newJobId(new Date());
  report.note(`job ${job}`, "debug");
  const driver = await session.driver(record);
  const started = Date.now();
  const exitCode = await runStoppable(session.context, {
    start: () =>
      Promise.all([
        driver.start(job, {
          script,
          arguments: request.arguments,
          conf: request.conf,
          logLevel: request.logLevel,
          treeHash: mounted?.treeHash ?? record.image.treeHash,
          submitter: userAtHost(),
          mount: mounted?.mount,
          secretEnvironment,
        }),
        mounted === undefined && warnOfOldCode(session, record),
      ]),
    follow: (signal) => driver.follow(job, { stdout, stderr }, signal),
    stop: (signal) => driver.interrupt(job, signal),
    comeBack: stopsWithTerminal
      ? undefined
      : `The terminal was closed; the job goes on. Its log: pyspark-deploy logs ${record.identity.cluster} ${job} --follow`,
  });
  if (exitCode !== 0) await tellWhy(session, driver, job);
  await tellLosses(session, record, exitCode !== 0);
  return { job, cluster: record.identity.cluster, exitCode, seconds: (Date.now() - started) / 1000 };
}

/** Makes a cluster, runs a job on it and removes it again, whatever happens in between. */
export async function runJob(
  session: Session,
  name: string,
  request: SubmitRequest,
  purge: boolean,
): Promise<JobResult> {
  await scriptInImage(session, request.script);
  await createCluster(session, { name, undo: { purge } });
  const [job] = await Promise.allSettled([submitJob(session, name, request, { stopsWithTerminal: true })]);
  const [removal] = await Promise.allSettled([
    destroyCluster(session.undisturbed(), name, { purge, force: true }),
  ]);
  // Why the job failed says more than why its cluster could not be removed.
  if (job.status === "rejected" && removal.status === "rejected")
    session.context.report.note((removal.reason as Error).message, "warning");
  if (job.status === "rejected") throw job.reason;
  if (removal.status === "rejected") throw removal.reason;
  const { kept } = removal.value;
  if (kept.length > 0) session.context.report.note(`Kept: ${kept.join(", ")} (--purge removes it)`);
  return job.value;
}
