// `create local` (1 + 2, image present) until all workers are ALIVE, against the same containers started by a shell
// script that polls the master in the same way. Goal: at most 1.3 times. Also states the memory of the idle cluster.
import { cli, goal, interleave, median, newProject, seconds, sh, show } from "./lib.mjs";

const project = newProject("create", { "jobs/job.py": "print(1)\n" });
const { image, s3 } = JSON.parse(cli(project, "build", "--json"));
const byHand = new URL("create-by-hand.sh", import.meta.url).pathname;

function memoryOfIdleCluster() {
  const names = sh("docker", [
    "ps",
    "--filter",
    "label=pyspark-deploy:project=bench-create",
    "--format",
    "{{.Names}}",
  ]).split("\n");
  const lines = sh("docker", ["stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", ...names]).split(
    "\n",
  );
  console.log("\nMemory of the idle cluster");
  for (const line of lines.sort()) console.log(`  ${line.split(" / ")[0]}`);
}

const rounds = Number(process.env.ROUNDS ?? 5);
const runs = interleave(rounds, {
  "shell script": () => {
    const taken = seconds(() => sh("bash", [byHand, "up", image, s3]));
    sh("bash", [byHand, "down"]);
    return taken;
  },
  "pyspark-deploy create": (round) => {
    const taken = seconds(() => cli(project, "create", "local"));
    if (round === rounds - 1) memoryOfIdleCluster();
    cli(project, "destroy", "local", "--purge");
    return taken;
  },
});
show("Create until 2 workers are ALIVE", runs);
const ratio = median(runs["pyspark-deploy create"]) / median(runs["shell script"]);
goal(`at most 1.3 times (here ${ratio.toFixed(2)})`, ratio <= 1.3);
