// Our S3 defaults against the settings of 2018 on the same cluster, with 30 ms added to each S3 request and without.
// Goals, with latency: write and commit of 200 files at least 1.5 times faster; scan, aggregate and join of 1 GB 1.3 times.
import { readFileSync } from "node:fs";
import { cli, goal, interleave, median, newProject, ROOT, sh, show } from "./lib.mjs";

const SETTINGS_2018 = {
  "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a":
    "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory",
  "spark.hadoop.fs.s3a.committer.name": "file",
  "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
  "spark.sql.sources.commitProtocolClass":
    "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol",
  "spark.sql.parquet.output.committer.class": "org.apache.parquet.hadoop.ParquetOutputCommitter",
  "spark.sql.parquet.enableVectorizedReader": "false",
  "spark.hadoop.fs.s3a.connection.maximum": "2000",
  "spark.hadoop.fs.s3a.create.performance": "false",
  "spark.hadoop.fs.s3a.input.stream.type": "classic",
  "spark.default.parallelism": "2",
  "spark.task.maxFailures": "20",
  "spark.sql.files.ignoreCorruptFiles": "true",
};
const OVER_2018 = Object.entries(SETTINGS_2018).flatMap(([key, value]) => ["--conf", `${key}=${value}`]);
const OLD = "2018 settings";
const OURS = "our defaults";
/** Latency in milliseconds and job; S3_CASES=30:scan runs one of them. */
const CASES = (process.env.S3_CASES ?? "0:write,0:scan,30:write,30:scan")
  .split(",")
  .map((text) => text.split(":"))
  .map(([milliseconds, job]) => [Number(milliseconds), job]);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const S3 = "pyspark-deploy_bench-s3_local_s3";

const jobs = Object.fromEntries(
  ["write", "make", "scan", "ready"].map((name) => [
    `jobs/${name}.py`,
    readFileSync(`${ROOT}/bench/jobs/${name}.py`, "utf8"),
  ]),
);
const project = newProject("s3", jobs);

/** Submits a job and returns what it measured itself: Spark's start-up does not count. */
function measure(job, settings) {
  const output = cli(
    project,
    "submit",
    "--log-level",
    "error",
    ...settings,
    `jobs/${job}.py`,
    "s3a://bench/data",
  );
  return JSON.parse(/RESULT (.*)/.exec(output)?.[1] ?? "{}");
}

function setLatency(milliseconds) {
  const file = "/etc/s3proxy/s3proxy.properties";
  const key = "pyspark-deploy.latency-milliseconds";
  const change = `sed -i /${key}/d ${file}; printf '\\n${key}=${milliseconds}\\n' >> ${file}`;
  sh("docker", ["exec", "--user", "root", S3, "sh", "-c", change]);
  sh("docker", ["restart", S3]);
  cli(project, "submit", "--log-level", "error", "jobs/ready.py", "s3a://bench/data/names");
}

const total = (result) => Object.values(result).reduce((sum, seconds) => sum + seconds, 0);
const ratio = ({ [OLD]: old, [OURS]: ours }) => median(old) / median(ours);

/** Prints each part of the job and their sum; returns how many times as fast our defaults are. */
function compare(milliseconds, job) {
  const runs = interleave(ROUNDS, {
    [OLD]: () => measure(job, OVER_2018),
    [OURS]: () => measure(job, []),
  });
  const parts = Object.keys(runs[OURS][0]);
  const timesOf = (pick) =>
    Object.fromEntries(Object.entries(runs).map(([side, results]) => [side, results.map(pick)]));
  for (const part of parts)
    show(
      `${job}: ${part}, + ${milliseconds} ms per request`,
      timesOf((result) => result[part]),
    );
  const sums = timesOf(total);
  show(`${job}: all of it, + ${milliseconds} ms per request`, sums);
  return {
    all: ratio(sums),
    ratios: Object.fromEntries(parts.map((part) => [part, ratio(timesOf((result) => result[part]))])),
  };
}

try {
  cli(project, "create", "local");
  cli(project, "submit", "--log-level", "error", "jobs/make.py", "s3a://bench/data");
  for (const [milliseconds, job] of CASES) {
    setLatency(milliseconds);
    const { ratios, all } = compare(milliseconds, job);
    if (milliseconds === 0) continue;
    const wanted = job === "write" ? 1.5 : 1.3;
    goal(`${job}: at least ${wanted} times as fast (here ${all.toFixed(2)})`, all >= wanted);
    console.log(
      `  each: ${Object.entries(ratios)
        .map(([part, ratio]) => `${part} ${ratio.toFixed(2)}`)
        .join(", ")}`,
    );
  }
} finally {
  cli(project, "destroy", "local", "--purge");
}
