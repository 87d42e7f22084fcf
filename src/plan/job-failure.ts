/** What is known of a job that failed. */
export interface FailedJob {
  /** The end of what it printed, both streams. */
  readonly output: string;
  /** Where the kernel killed something because a container was over its memory limit: node names, "job" for the job's own container. */
  readonly outOfMemory: readonly string[];
}

const list = (names: readonly string[]) => [...new Set(names)].sort().join(" and ");

/** Workers whose executor said that its own heap is full, or ended with Spark's exit code for that, 52. */
function fullExecutors(output: string): string[] {
  const lost =
    /\(([\w.-]+) executor \d+\): java\.lang\.OutOfMemoryError|Lost executor \d+ on ([\w.-]+): Command exited with code 52\b/g;
  return [...output.matchAll(lost)].map(([, full, ended]) => full ?? ended ?? "a worker");
}

const LOSS = /Lost executor|ExecutorLostFailure|worker exited unexpectedly|Worker died|Connection reset/i;

/** Who ran out of memory, where, and what to raise; or what else the user can mend without reading a stack trace. */
export function explainJobFailure({ output, outOfMemory }: FailedJob): string | undefined {
  if (outOfMemory.includes("job"))
    return "The driver was killed: its container is over its memory limit. Raise driver.memory in pyspark-deploy.yaml, or collect less.";
  const workers = outOfMemory.filter((node) => node !== "job");
  // Also another job's, or one that a retry survived: only with a loss that this job tells of.
  if (workers.length > 0 && LOSS.test(output))
    return `The kernel killed an executor or a Python worker on ${list(workers)}: the worker is over its memory limit. Raise worker.memory in pyspark-deploy.yaml, leave Python a larger share of it (spark: {workload: pandas}), or make the batches smaller (spark.sql.execution.arrow.maxRecordsPerBatch).`;
  const executors = fullExecutors(output);
  if (executors.length > 0)
    return `The heap of the executor on ${list(executors)} is full. Raise worker.memory in pyspark-deploy.yaml, or use more partitions.`;
  if (/java\.lang\.OutOfMemoryError/.test(output))
    return "The driver's heap is full. Raise driver.memory in pyspark-deploy.yaml, or collect less.";
  const missing = /can't open file '([^']+)': \[Errno 2\]/.exec(output)?.[1];
  if (missing !== undefined)
    return `${missing} is not in the cluster's image. Put the working tree's image onto the cluster with --build, and see that .dockerignore does not leave the file out.`;
  return undefined;
}
