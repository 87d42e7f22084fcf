import type { CommandSpec } from "./command.js";
import {
  CLUSTER_ARGUMENT,
  JOB_ARGUMENT,
  JOB_EXIT_CODES,
  JOB_OPTIONS,
  JOB_WORD,
  parseJobWords,
} from "./shared.js";

export const submit: CommandSpec = {
  name: "submit",
  summary: "run a job on a cluster, follow its log, exit with the job's own exit code",
  arguments: [CLUSTER_ARGUMENT, JOB_ARGUMENT],
  options: [
    { flags: "--build", description: "put the working tree's image onto the cluster first, when it differs" },
    ...JOB_OPTIONS,
  ],
  examples: [
    "pyspark-deploy submit jobs/delays.py --year 2013",
    "pyspark-deploy submit local --conf spark.sql.shuffle.partitions=8 jobs/delays.py",
  ],
  exitCodes: JOB_EXIT_CODES,
  passThroughFrom: JOB_WORD,
  async run(context, words, options) {
    const { cluster, request } = parseJobWords(words, options);
    const { submitJob } = await import("../workflows/submit.js");
    const { Session } = await import("../workflows/session.js");
    const result = await submitJob(new Session(context), cluster, request);
    return { json: result, exitCode: result.exitCode };
  },
};
