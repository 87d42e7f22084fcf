// What the benchmarks of whole clusters on the simulated AWS share: the simulator, and a project whose commands print JSON.
import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { atEnd, INSTANCE_TYPE, REGION, run } from "./aws-lib.mjs";
import { CLI_COMMAND, newProject } from "./lib.mjs";

export const WORKERS = 2;
const [NODE, CLI] = CLI_COMMAND;
const configFor = (workers) => `provider: aws
workers: ${workers}
storage: {s3: "\${PYSPARK_DEPLOY_SIMULATOR_S3}"}
aws: {region: ${REGION}, masterTypes: [${INSTANCE_TYPE}], workerTypes: [${INSTANCE_TYPE}], ttl: 2h, buckets: [bench]}
profiles: {cloud: {}}
`;

/** Starts a simulated AWS that ends with the benchmark; returns the environment in which it is AWS. */
export async function startSimulator() {
  const simulator = (...words) => run(NODE, [CLI, "simulator", ...words]);
  const runs = await simulator("status").then(
    () => true,
    () => false,
  );
  if (runs) throw new Error("A simulated AWS runs already; end it first: pyspark-deploy simulator stop");
  atEnd(() => simulator("stop"));
  await simulator("start", "--profile-delay", "0", "--termination", "0");
  const { stdout } = await simulator("env", "--json");
  return { ...process.env, ...JSON.parse(stdout) };
}

/** Waits until no more hosts than these are left, nor their disks: what is removed meanwhile takes time from what is measured. */
export async function hostsAre(count) {
  const left = async (...words) =>
    (await run("docker", [...words, "--filter", "label=pyspark-deploy:role=host"])).stdout
      .split("\n")
      .filter(Boolean).length;
  for (const deadline = Date.now() + 120_000; ; await delay(200)) {
    const [hosts, disks] = [await left("ps", "--all", "--quiet"), await left("volume", "ls", "--quiet")];
    if (hosts <= count && disks <= count) return;
    if (Date.now() > deadline)
      throw new Error(
        `${hosts} hosts and ${disks} disks are left, not ${count}; of others: pyspark-deploy simulator stop --all`,
      );
  }
}

/** The project's image, by all its names, on this machine. */
async function removeImages() {
  const args = [
    "images",
    "--format",
    "{{.Repository}}:{{.Tag}}",
    "--filter",
    "reference=*/pyspark-deploy/*bench-aws",
  ];
  const names = (await run("docker", args)).stdout.split("\n").filter(Boolean);
  if (names.length > 0) await run("docker", ["rmi", ...names]);
}

/** A project of one job, with the profile "cloud". */
export class AwsProject {
  constructor(env, workers = WORKERS) {
    this.env = env;
    this.directory = newProject("aws", { "jobs/job.py": "print(1)\n" }, configFor(workers));
    atEnd(removeImages);
    atEnd(async () => rmSync(this.directory, { recursive: true, force: true }));
  }

  async cli(...words) {
    const ran = await run(NODE, [CLI, ...words, "--json"], { cwd: this.directory, env: this.env });
    const events = ran.stderr.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
    return { ...ran, events, result: JSON.parse(ran.stdout) };
  }
}
