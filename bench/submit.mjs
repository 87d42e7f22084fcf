// `submit` of a job against `docker exec … spark-submit` of the same job on the same cluster. Goal: at most 0.4 s more.
import { cli, goal, interleave, median, newProject, seconds, sh, show } from "./lib.mjs";

const job =
  "from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().range(1000).count())\n";
const project = newProject("submit", { "jobs/count.py": job });
try {
  cli(project, "create", "local");
  const runs = interleave(Number(process.env.ROUNDS ?? 7), {
    "docker exec spark-submit": () =>
      seconds(() =>
        sh("docker", [
          "exec",
          "-e",
          "PYSPARK_DEPLOY_LOG_LEVEL=warn",
          "pyspark-deploy_bench-submit_local_driver",
          "spark-submit",
          "jobs/count.py",
        ]),
      ),
    "pyspark-deploy submit": () => seconds(() => cli(project, "submit", "jobs/count.py")),
  });
  show("Submit until exit", runs);
  const extra = median(runs["pyspark-deploy submit"]) - median(runs["docker exec spark-submit"]);
  goal(`at most + 0.4 s (here + ${extra.toFixed(2)} s)`, extra <= 0.4);
} finally {
  cli(project, "destroy", "local", "--purge");
}
