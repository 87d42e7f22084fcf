// What the benchmarks of clusters on AWS share: programs that end with the benchmark, what it has to clean up, the API
// server of the simulated AWS, and Terraform.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, homedir, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "./lib.mjs";

export const REGION = "us-east-1";
export const ZONE = `${REGION}a`;
export const INSTANCE_TYPE = "m6i.large";

/** Long enough for a command that removes what it has made. */
const KILL_AFTER_MILLISECONDS = 60_000;
const INTERRUPTED = 130;
const running = new Set();
const cleanUps = [];

/** To be done when the benchmark ends, however it ends; the last one added comes first. */
export const atEnd = (work) => cleanUps.push(work);

function start(file, args, options) {
  // In a process group of its own: a Ctrl-C reaches this process alone, which passes it on once.
  const child = spawn(file, args, { detached: true, ...options });
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { child, ended };
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

async function end({ child, ended }) {
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), KILL_AFTER_MILLISECONDS);
  await ended.catch(() => {});
  clearTimeout(timer);
}

/** Runs a program; returns what it printed and when it began and ended (Unix seconds); throws with its output when it fails. */
export async function run(file, args, options = {}) {
  const began = Date.now() / 1000;
  const started = start(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const { child, ended } = started;
  running.add(started);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => {
      output[name] += text;
    });
  }
  const code = await ended.finally(() => running.delete(started));
  if (code !== 0) {
    throw new Error(
      `${file} ${args.join(" ")} ended with ${code ?? child.signalCode}\n${output.stdout}\n${output.stderr}`,
    );
  }
  return { ...output, began, ended: Date.now() / 1000 };
}

export const elapsed = ({ began, ended }) => ended - began;

/** Runs the benchmark, then cleans up; also when it fails or is interrupted. */
export async function main(work) {
  const interrupted = new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        process.exitCode = INTERRUPTED;
        reject(new Error(`${signal}: cleaning up`));
      });
    }
  });
  console.log(`\nLoad before: ${loadavg()[0].toFixed(1)} on ${cpus().length} cores`);
  await Promise.race([work(), interrupted]).catch(fail);
  await Promise.all([...running].map(end));
  for (const cleanUp of cleanUps.reverse()) await cleanUp().catch(fail);
  process.exit();
}

function fail(error) {
  console.error(error.message);
  process.exitCode ||= 1;
}

/** A folder that goes away at the end. */
export function newFolder(name) {
  const directory = mkdtempSync(join(tmpdir(), `psd-bench-${name}-`));
  atEnd(async () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The folder of programs of a Python environment with these requirements, made once on this machine. */
export async function pythonEnvironment(name, requirements) {
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const directory = join(cache, "pyspark-deploy", `bench-${name}-${hash}`);
  const whole = join(directory, "whole");
  if (!existsSync(whole)) {
    rmSync(directory, { recursive: true, force: true });
    await run("python3", ["-m", "venv", directory]);
    await run(join(directory, "bin/python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--requirement",
      requirements,
    ]);
    writeFileSync(whole, "");
  }
  return join(directory, "bin");
}

/** The API server alone, with nothing in it and no delays; no host boots. */
export async function startApi() {
  const assets = join(ROOT, "assets/simulator");
  const programs = await pythonEnvironment("simulator", join(assets, "requirements.txt"));
  const args = ["-m", "api", "--port", "0", "--profile-delay", "0", "--termination-seconds", "0"];
  const server = start(join(programs, "python"), args, { cwd: assets, stdio: ["ignore", "pipe", "ignore"] });
  const stop = () => end(server);
  atEnd(stop);
  for await (const line of createInterface({ input: server.child.stdout })) {
    const endpoint = `http://127.0.0.1:${JSON.parse(line).port}`;
    const env = awsEnvironment(endpoint);
    await warmUp(env);
    return { endpoint, stop, env };
  }
  throw new Error("The API server of the simulated AWS did not start.");
}

const awsEnvironment = (endpoint) => ({
  ...process.env,
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: "simulated",
  AWS_SECRET_ACCESS_KEY: "simulated",
  AWS_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: "true",
});

/** Asks the simulated AWS itself. */
export async function askSimulator(endpoint, path, body) {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`${endpoint}/simulator/${path}`, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** How AWS's SDK reaches the simulated AWS. */
export const clientOptions = (env) => ({
  region: REGION,
  endpoint: env.AWS_ENDPOINT_URL,
  credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
});

/** Each service of the API server loads its data at its first call, for a second: AWS does not start with the cluster. */
async function warmUp(env) {
  const { DescribeVpcsCommand, EC2Client } = await import("@aws-sdk/client-ec2");
  const { IAMClient, ListRolesCommand } = await import("@aws-sdk/client-iam");
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  await new EC2Client(clientOptions(env)).send(new DescribeVpcsCommand({}));
  await new IAMClient(clientOptions(env)).send(new ListRolesCommand({}));
  await new STSClient(clientOptions(env)).send(new GetCallerIdentityCommand({}));
}

/** The machine image that both sides start. */
export async function latestAmi(env) {
  const { GetParameterCommand, SSMClient } = await import("@aws-sdk/client-ssm");
  const client = new SSMClient(clientOptions(env));
  const Name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";
  const { Parameter } = await client.send(new GetParameterCommand({ Name }));
  return Parameter.Value;
}

/** Makes an SSH key pair in a folder; returns the private key's file and the public key. */
export async function newKey(directory) {
  const file = join(directory, "id_ed25519");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", file]);
  return { file, publicKey: readFileSync(`${file}.pub`, "utf8").trim() };
}

/** A configuration of Terraform in a folder of its own, initialized; every cluster has its own state in it. */
export class TerraformFolder {
  constructor(directory, env) {
    this.directory = directory;
    this.env = { ...env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" };
  }

  #terraform(...args) {
    return run("terraform", [`-chdir=${this.directory}`, ...args], { env: this.env });
  }

  init() {
    return this.#terraform("init", "-input=false");
  }

  #arguments(cluster, variables) {
    const folder = join(this.directory, cluster);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "variables.json"), JSON.stringify(variables));
    return [
      "-auto-approve",
      "-input=false",
      `-state=${join(folder, "terraform.tfstate")}`,
      `-var-file=${join(folder, "variables.json")}`,
    ];
  }

  apply(cluster, variables) {
    return this.#terraform("apply", ...this.#arguments(cluster, variables));
  }

  destroy(cluster, variables) {
    return this.#terraform("destroy", ...this.#arguments(cluster, variables));
  }

  async outputs(cluster) {
    const state = join(this.directory, cluster, "terraform.tfstate");
    const { stdout } = await this.#terraform("output", "-json", `-state=${state}`);
    return Object.fromEntries(Object.entries(JSON.parse(stdout)).map(([name, { value }]) => [name, value]));
  }
}
