// The way of 2018 on the simulated AWS: bench/2018 carried out, from `terraform apply` until the workers are ALIVE.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  clientOptions,
  elapsed,
  newKey,
  pythonEnvironment,
  REGION,
  run,
  TerraformFolder,
} from "./aws-lib.mjs";
import { ROOT } from "./lib.mjs";

const USER = "ec2-user";
const READY_SECONDS = 300;
const POLL_MILLISECONDS = 200;

/** ECR's password, which the playbook gives to Docker. */
async function registryLogin(env) {
  const { ECRClient, GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr");
  const client = new ECRClient(clientOptions(env));
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const [user, password] = Buffer.from(authorizationData[0].authorizationToken, "base64")
    .toString()
    .split(":");
  return { REGISTRY_USER: user, REGISTRY_PASSWORD: password };
}

async function aliveWorkers(address) {
  try {
    const response = await fetch(`http://${address}:8080/json/`, { signal: AbortSignal.timeout(2000) });
    const { workers } = await response.json();
    return workers.filter(({ state }) => state === "ALIVE").length;
  } catch {
    return 0;
  }
}

async function untilAlive(address, workers) {
  const deadline = Date.now() + READY_SECONDS * 1000;
  while ((await aliveWorkers(address)) < workers) {
    if (Date.now() > deadline) throw new Error(`Not ${workers} workers ALIVE after ${READY_SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

export class ClusterOf2018 {
  /** Everything that is done once on a machine: Ansible, Terraform's provider, a key. */
  static async prepare(directory, env, { ami, instanceType }) {
    const programs = await pythonEnvironment("2018", join(ROOT, "bench/2018/requirements.txt"));
    cpSync(join(ROOT, "bench/2018"), directory, { recursive: true });
    const terraform = new TerraformFolder(join(directory, "terraform"), env);
    await terraform.init();
    const key = await newKey(directory);
    const facts = { ami, instance_type: instanceType, region: REGION, public_key: key.publicKey };
    return new ClusterOf2018({ directory, env, programs, terraform, key, facts });
  }

  constructor(made) {
    Object.assign(this, made);
  }

  #variables(name, workers) {
    return { name, workers, ...this.facts };
  }

  #inventory({ master, workers }, image) {
    const host = ({ public: address, private: privateIp }) => ({
      ansible_host: address,
      private_ip: privateIp,
    });
    return {
      all: {
        vars: {
          ansible_user: USER,
          ansible_ssh_private_key_file: this.key.file,
          // Addresses come back in later rounds; the user's own list of hosts stays as it is.
          ansible_ssh_common_args: "-o UserKnownHostsFile=/dev/null",
          master_ip: master.private,
          image,
          registry: image.split("/")[0],
        },
        children: {
          master: { hosts: { "spark-master": host(master) } },
          workers: {
            hosts: Object.fromEntries(workers.map((one, index) => [`spark-worker-${index + 1}`, host(one)])),
          },
        },
      },
    };
  }

  async #configure(name, outputs, image) {
    const inventory = join(this.directory, `${name}.json`);
    writeFileSync(inventory, JSON.stringify(this.#inventory(outputs, image)));
    const env = {
      ...this.env,
      ...(await registryLogin(this.env)),
      PATH: `${this.programs}:${this.env.PATH}`,
      ANSIBLE_HOME: join(this.directory, "home"),
      ANSIBLE_HOST_KEY_CHECKING: "False",
      ANSIBLE_CALLBACKS_ENABLED: "ansible.posix.profile_tasks",
    };
    const playbook = join(this.directory, "ansible/site.yml");
    return run(join(this.programs, "ansible-playbook"), ["--inventory", inventory, playbook], { env });
  }

  /** Returns the seconds of its parts, and what Ansible said. */
  async create(name, workers, image) {
    const began = Date.now() / 1000;
    const apply = await this.terraform.apply(name, this.#variables(name, workers));
    const outputs = await this.terraform.outputs(name);
    const configure = await this.#configure(name, outputs, image);
    await untilAlive(outputs.master.public, workers);
    const ended = Date.now() / 1000;
    return {
      total: ended - began,
      terraform: elapsed(apply),
      ansible: elapsed(configure),
      register: ended - configure.ended,
      said: configure.stdout,
    };
  }

  /** Returns the seconds that it took. */
  async destroy(name, workers) {
    return elapsed(await this.terraform.destroy(name, this.#variables(name, workers)));
  }
}
