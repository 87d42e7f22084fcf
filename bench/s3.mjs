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

function compare(milliseconds, job, label) {
  const runs = interleave(ROUNDS, {
    "2018 settings": () => measure(job, OVER_2018),
    "our defaults": () => measure(job, []),
  });
  const ratios = {};
  for (const part of Object.keys(runs["our defaults"][0])) {
    const values = Object.fromEntries(
      Object.entries(runs).map(([side, results]) => [side, results.map((result) => result[part])]),
    );
    show(`${label}: ${part}, + ${milliseconds} ms per request`, values);
    ratios[part] = median(values["2018 settings"]) / median(values["our defaults"]);
    console.log(`  ratio ${ratios[part].toFixed(2)}`);
  }
  return ratios;
}

try {
  cli(project, "create", "local");
  cli(project, "submit", "--log-level", "error", "jobs/make.py", "s3a://bench/data");
  for (const milliseconds of [0, 30]) {
    setLatency(milliseconds);
    const { write } = compare(milliseconds, "write", "200 Parquet files");
    const scans = Object.values(compare(milliseconds, "scan", "1 GB of Parquet"));
    if (milliseconds === 0) continue;
    goal(`write and commit at least 1.5 times as fast (here ${write.toFixed(2)})`, write >= 1.5);
    for (const ratio of scans)
      goal(`scan, aggregate, join at least 1.3 times as fast (here ${ratio.toFixed(2)})`, ratio >= 1.3);
  }
} finally {
  cli(project, "destroy", "local", "--purge");
}
