import { type CommandSpec, flag, text } from "./command.js";
import {
  JOB_ARGUMENT,
  JOB_EXIT_CODES,
  JOB_OPTIONS,
  JOB_WORD,
  PROFILE_ARGUMENT,
  parseJobWords,
} from "./shared.js";

export const run: CommandSpec = {
  name: "run",
  summary: "make a cluster, run a job on it, and remove the cluster whatever happens",
  arguments: [PROFILE_ARGUMENT, JOB_ARGUMENT],
  options: [
    { flags: "--name <name>", description: "name of the cluster while it lives" },
    { flags: "--purge", description: "also remove the data of the local S3 server" },
    ...JOB_OPTIONS,
  ],
  examples: [
    "pyspark-deploy run jobs/delays.py",
    "pyspark-deploy run local --purge jobs/delays.py --year 2013",
  ],
  exitCodes: JOB_EXIT_CODES,
  passThroughFrom: JOB_WORD,
  async run(context, words, options) {
    const { cluster: profile, request } = parseJobWords(words, options);
    const { runJob } = await import("../workflows/submit.js");
    const { Session } = await import("../workflows/session.js");
    const session = new Session(context, profile);
    const name = text(options.name) ?? `${session.loaded.profile}-run`;
    const result = await runJob(session, name, request, flag(options.purge));
    return { json: result, exitCode: result.exitCode };
  },
};
