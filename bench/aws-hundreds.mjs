// `create` and `destroy` with ever more workers on light hosts of the simulated AWS, the role run by Ansible (push) and by
// the nodes themselves (boot): wall time by step, CPU time of this machine as the controller (the CLI and all that it
// starts), and apart from it that of what stands for AWS. Goals: 15 CPU seconds for 100 workers; nodes that configure
// themselves take for 100 at most 1.5 times what they take for 10, the simulation's own CPU time taken off, since hosts
// share this machine's cores here. RUNS=boot:10,push:10,… and WORKERS choose other sizes; see docs/performance.md.
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { atEnd, main, REGION, run } from "./aws-lib.mjs";
import { between, cpuSeconds, watchCpu } from "./cpu-of.mjs";
import { CLI_COMMAND, goal, newProject } from "./lib.mjs";

const RUNS = (process.env.RUNS ?? "boot:10,push:10,boot:50,push:50,boot:100,push:100,boot:200")
  .split(",")
  .map((text) => {
    const [mode, workers] = text.split(":");
    return { mode, workers: Number(workers) };
  });
const [NODE, CLI] = CLI_COMMAND;
const LABEL = "label=pyspark-deploy:role=host";

const configFor = ({ mode, workers }) => `project: bench-hundreds
provider: aws
workers: ${workers}
state: s3://bench-state/hundreds
storage: {s3: "\${PYSPARK_DEPLOY_SIMULATOR_S3}"}
aws: {region: ${REGION}, masterTypes: [m6i.large], workerTypes: [m6i.large], ttl: 2h, buckets: [bench], configureBy: ${mode}}
profiles: {cloud: {}}
`;

async function startSimulator() {
  const simulator = (...words) => run(NODE, [CLI, "simulator", ...words]);
  atEnd(() => simulator("stop"));
  const delays = ["--profile-delay", "0", "--termination", "0"];
  const started = await simulator("start", "--hosts", "light", ...delays, "--json");
  const { stdout } = await simulator("env", "--json");
  const env = { ...process.env, ...JSON.parse(stdout) };
  const state = join(JSON.parse(started.stdout).directory, "state.json");
  const { CreateBucketCommand, S3Client } = await import("@aws-sdk/client-s3");
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  const options = { region: REGION, endpoint: env.AWS_ENDPOINT_URL_S3, forcePathStyle: true, credentials };
  await new S3Client(options).send(new CreateBucketCommand({ Bucket: "bench-state" }));
  return { env, supervisor: JSON.parse(readFileSync(state, "utf8")).pid };
}

/** CPU seconds so far of all light hosts together. */
async function hostSeconds() {
  const { stdout } = await run("docker", ["ps", "--quiet", "--no-trunc", "--filter", LABEL]);
  const ids = stdout.split("\n").filter(Boolean);
  const used = (id) => {
    for (const file of [`cpuacct/docker/${id}/cpuacct.usage`, `docker/${id}/cpuacct.usage`]) {
      try {
        return Number(readFileSync(`/sys/fs/cgroup/${file}`, "utf8")) / 1e9;
      } catch {}
    }
    try {
      const stat = readFileSync(`/sys/fs/cgroup/system.slice/docker-${id}.scope/cpu.stat`, "utf8");
      return Number(/usage_usec (\d+)/.exec(stat)?.[1] ?? 0) / 1e6;
    } catch {
      return 0;
    }
  };
  return ids.reduce((sum, id) => sum + used(id), 0);
}

/** Runs one command of the CLI under watch. */
async function watched(directory, env, words) {
  const child = spawn(NODE, [CLI, ...words, "--json"], {
    cwd: directory,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = watchCpu(child.pid);
  const began = Date.now() / 1000;
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"])
    child[name].setEncoding("utf8").on("data", (text) => {
      output[name] += text;
    });
  const code = await new Promise((resolve) => child.once("close", resolve));
  const cpu = stop();
  if (code !== 0)
    throw new Error(`${words.join(" ")} ended with ${code}\n${output.stdout}\n${output.stderr}`);
  return { ...output, cpu, began, seconds: Date.now() / 1000 - began };
}

async function measure(directory, { env, supervisor }, request) {
  writeFileSync(join(directory, "pyspark-deploy.yaml"), configFor(request));
  const name = `n${request.workers}`;
  const before = cpuSeconds(supervisor);
  const made = await watched(directory, env, ["create", "cloud", "--name", name]);
  const hosts = await hostSeconds();
  const cloud = cpuSeconds(supervisor) - before;
  const { waterfall } = JSON.parse(made.stdout);
  const steps = Object.fromEntries(waterfall.map((step) => [step.step, step]));
  const cpuOf = (step) =>
    steps[step]
      ? between(made.cpu.curve, "total", made.began + steps[step].start, made.began + steps[step].end)
      : 0;
  const running = [made.began + steps.instances.end, made.began + steps.register.end];
  const [machine, ours] = ["machine", "total"].map((whose) => between(made.cpu.curve, whose, ...running));
  const wallOf = (step) => (steps[step] ? steps[step].end - steps[step].start : 0);
  const removed = await watched(directory, env, ["destroy", name, "--yes"]);
  const found = {
    ...request,
    wall: made.seconds,
    configured: steps.register.end - steps.instances.end,
    infrastructure: wallOf("infrastructure"),
    cpu: made.cpu.total,
    own: made.cpu.own,
    by: made.cpu.by,
    terraformCpu: cpuOf("infrastructure"),
    configureCpu: cpuOf("boot") + cpuOf("configure") + cpuOf("register"),
    hosts,
    // All that stands for AWS: hosts, their engine, the API.
    simulation: machine - ours,
    cloud,
    destroy: removed.seconds,
    destroyCpu: removed.cpu.total,
    load: loadavg()[0],
    waterfall: waterfall.map(({ step, start, end }) => [step, Number((end - start).toFixed(1))]),
  };
  console.log(JSON.stringify(found));
  return found;
}

const number = (value) => value.toFixed(1).padStart(7);

function table(runs) {
  console.log(
    "\nSeconds. CPU: of the CLI and all that it started; simulation: all other CPU of this machine from running to registered; hosts: of all light hosts together; cloud: the API",
  );
  console.log(
    "| who | workers | create | running → registered | CPU | CLI | terraform | configure | simulation's CPU | hosts' CPU | cloud's CPU | destroy | its CPU |",
  );
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const run of runs) {
    const columns = [
      run.wall,
      run.configured,
      run.cpu,
      run.own,
      run.terraformCpu,
      run.configureCpu,
      run.simulation,
      run.hosts,
      run.cloud,
      run.destroy,
      run.destroyCpu,
    ];
    console.log(`| ${run.mode} | ${run.workers} | ${columns.map(number).join(" | ")} |`);
  }
}

await main(async () => {
  const cloud = await startSimulator();
  const directory = newProject("hundreds", { "jobs/job.py": "print(1)\n" });
  atEnd(async () => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, "pyspark-deploy.yaml"), configFor({ mode: "push", workers: 1 }));
  await run(NODE, [CLI, "push", "cloud"], { cwd: directory, env: cloud.env });
  const runs = [];
  for (const request of RUNS) runs.push(await measure(directory, cloud, request));
  table(runs);
  const of = (mode, workers) => runs.find((run) => run.mode === mode && run.workers === workers);
  // All that stands for AWS works on this machine's cores: what is left are waits and the controller's own work.
  const net = (run) => run.configured - run.simulation / cpus().length;
  const [small, large] = [of("boot", 10), of("boot", 100)];
  if (!small || !large) return;
  goal(`controller's CPU for 100 workers at most 15 s: ${large.cpu.toFixed(1)}`, large.cpu <= 15);
  goal(
    `100 configure themselves within 1.5 times the time of 10, the simulation's CPU taken off: ${net(small).toFixed(1)}, ${net(large).toFixed(1)}`,
    net(large) <= 1.5 * net(small),
  );
});
