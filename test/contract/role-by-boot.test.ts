import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { type AnsibleEvent, parseEvent } from "../../src/adapters/ansible/events.js";
import { ensureAnsible, UTF8_LOCALE } from "../../src/adapters/ansible/install.js";
import { packRole, type RoleBundle } from "../../src/adapters/ansible/role-bundle.js";
import { assetPath } from "../../src/assets.js";
import { awsNodes } from "../../src/plan/aws/hosts.js";
import { awsPlan } from "../support/aws-plan.js";
import { oldestPython } from "../support/python.js";

const playbooks = assetPath("ansible");
const folder = mkdtempSync(join(tmpdir(), "role-"));
const workers = [{ name: "worker-1", privateIp: "10.77.0.5" }];
const plan = awsNodes(awsPlan(), { master: "10.77.0.4", workers });
const conf = { pyspark_deploy_conf_directory: join(folder, "conf") };
const variables = { ...plan.variables, ...conf };

/** What every role's end says, without what tells when. */
const ends = (events: readonly AnsibleEvent[]) =>
  events
    .filter(({ phase }) => phase !== "start")
    .map(({ host, task, phase, changed, message, report }) => ({
      host,
      task: task.replace(/^pyspark_deploy : /, ""),
      phase,
      changed,
      message,
      report,
    }));

async function byAnsible(node: string): Promise<AnsibleEvent[]> {
  const { program } = await ensureAnsible({
    requirements: join(playbooks, "requirements.txt"),
    cacheDirectory: join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pyspark-deploy"),
  });
  const host = plan.hosts.find((one) => one.node === node);
  const file = join(folder, `${node}.json`);
  const own = { ansible_become: false, ansible_python_interpreter: "/usr/bin/python3" };
  writeFileSync(file, JSON.stringify({ ...variables, ...host?.variables, ...own }));
  const args = ["--check", "--connection", "local", "-i", `${node},`, "-e", `@${file}`];
  const { stdout } = await execa(program, [...args, join(playbooks, "cluster.yml")], {
    reject: false,
    env: {
      LC_ALL: UTF8_LOCALE,
      ANSIBLE_HOME: folder,
      ANSIBLE_CONFIG: join(playbooks, "ansible.cfg"),
      ANSIBLE_ROLES_PATH: join(playbooks, "roles"),
      ANSIBLE_CALLBACK_PLUGINS: join(playbooks, "callback_plugins"),
      ANSIBLE_STDOUT_CALLBACK: "pyspark_deploy_events",
    },
  });
  return stdout.split("\n").flatMap((line) => parseEvent(line) ?? []);
}

async function bundle(): Promise<RoleBundle> {
  const packed = await packRole(playbooks, {
    variables,
    hosts: Object.fromEntries(plan.hosts.map((host) => [host.privateIp, { ...host.variables }])),
    reports: "boot/reports/",
  });
  return JSON.parse(gunzipSync(packed).toString()) as RoleBundle;
}

/** Runs the role as a node does, in Ansible's check mode: this machine stays as it is. */
async function byNode(address: string, python: string, env: NodeJS.ProcessEnv): Promise<AnsibleEvent[]> {
  const content = await bundle();
  const role = mkdtempSync(join(folder, "node-"));
  for (const [name, text] of Object.entries(content.files)) {
    mkdirSync(dirname(join(role, name)), { recursive: true });
    writeFileSync(join(role, name), text);
  }
  writeFileSync(join(role, "bundle.json"), JSON.stringify(content));
  const program = `import json, runpy, sys
role, address = sys.argv[1:]
with open(role + "/bundle.json") as file: bundle = json.load(file)
print(json.dumps(runpy.run_path(role + "/run_role.py")["run"](bundle, address, role, check=True)))`;
  const said = execFileSync(python, ["-c", program, role, address], { encoding: "utf8", env });
  return JSON.parse(said) as AnsibleEvent[];
}

describe("the role that a node runs by itself", () => {
  it.each([
    ["master", "10.77.0.4"],
    ["worker-1", "10.77.0.5"],
  ])("does on a %s what Ansible does", async (node, address) => {
    const expected = ends(await byAnsible(node));
    expect(expected.map(({ phase }) => phase)).toEqual(["ok", "ok"]);
    expect(ends(await byNode(address, "python3", process.env))).toEqual(expected);
    expect(existsSync(conf.pyspark_deploy_conf_directory)).toBe(false);
  });

  const oldest = oldestPython();
  it.skipIf(oldest === undefined)("needs no more than the Python of Amazon Linux 2023", async () => {
    const events = await byNode("10.77.0.5", "python3.9", oldest ?? {});
    expect(events.map(({ phase }) => phase)).toEqual(["ok", "ok"]);
  });
});
