import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { type AnsibleEvent, parseEvent } from "../../src/adapters/ansible/events.js";
import { ensureAnsible, UTF8_LOCALE } from "../../src/adapters/ansible/install.js";
import { assetPath } from "../../src/assets.js";
import { oldestPython } from "../support/python.js";

const playbooks = assetPath("ansible");
const { program } = await ensureAnsible({
  requirements: join(playbooks, "requirements.txt"),
  cacheDirectory: join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pyspark-deploy"),
});
const oldest = oldestPython();

/** What the role would do to this machine, which it leaves as it is. */
async function check(interpreter: string): Promise<AnsibleEvent[]> {
  const home = mkdtempSync(join(tmpdir(), "ansible-home-"));
  const variables = join(home, "variables.json");
  writeFileSync(
    variables,
    JSON.stringify({
      ansible_python_interpreter: interpreter,
      ansible_become: false,
      pyspark_deploy_image: "localhost/pyspark-deploy/there-is-none@sha256:0",
      pyspark_deploy_containers: [{ name: "none-such", image: "none-such", command: ["true"] }],
      pyspark_deploy_conf_files: [{ path: "a.conf", content_base64: "YQ==", secret: true }],
      pyspark_deploy_conf_directory: join(home, "conf"),
      pyspark_deploy_master_ip: "10.0.0.1",
    }),
  );
  const { stdout } = await execa(
    program,
    [
      "--check",
      "--connection",
      "local",
      "-i",
      "worker-1,",
      "-e",
      `@${variables}`,
      join(playbooks, "cluster.yml"),
    ],
    {
      reject: false,
      env: {
        LC_ALL: UTF8_LOCALE,
        ANSIBLE_HOME: home,
        ANSIBLE_CONFIG: join(playbooks, "ansible.cfg"),
        ANSIBLE_ROLES_PATH: join(playbooks, "roles"),
        ANSIBLE_CALLBACK_PLUGINS: join(playbooks, "callback_plugins"),
        ANSIBLE_STDOUT_CALLBACK: "pyspark_deploy_events",
      },
    },
  );
  expect(existsSync(join(home, "conf"))).toBe(false);
  return stdout.split("\n").flatMap((line) => parseEvent(line) ?? []);
}

const path = (env: NodeJS.ProcessEnv, name: string) =>
  execFileSync(name, ["-c", "import sys; print(sys.executable)"], { env, encoding: "utf8" }).trim();

describe.each([
  ["python3", process.env, "python3"],
  ["the Python of Amazon Linux 2023", oldest, "python3.9"],
] as const)("on a host with %s", (_, env, name) => {
  it.skipIf(env === undefined)("the role says what it would do, and does nothing", async () => {
    const ends = (await check(path(env ?? {}, name))).filter(({ phase }) => phase !== "start");
    expect(ends.map(({ phase, message }) => [phase, message])).toEqual([
      ["ok", undefined],
      ["ok", undefined],
    ]);
    expect(ends[1]?.report?.done).toEqual(
      expect.arrayContaining(["watchdog", "configuration", "image", "made none-such"]),
    );
    expect(existsSync("/etc/pyspark-deploy/watchdog")).toBe(false);
  });
});
