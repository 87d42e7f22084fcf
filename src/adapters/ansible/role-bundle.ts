import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { parse } from "yaml";
import type { Variables } from "./inventory.js";

/** The role for nodes that run it themselves: what assets/ansible/boot/run_role.py is given. */
export interface RoleBundle {
  /** Path to content: run_role.py, library, module_utils, files. */
  readonly files: Readonly<Record<string, string>>;
  /** As in tasks/main.yml and defaults/main.yml. */
  readonly tasks: readonly unknown[];
  readonly defaults: Variables;
  /** Of all hosts, secrets among them. */
  readonly variables: Variables;
  /** Each host's own, by its private address. */
  readonly hosts: Readonly<Record<string, Variables>>;
  /** What the keys of the hosts' reports begin with. */
  readonly reports: string;
}

const ROLE = "roles/pyspark_deploy";
const FOLDERS = ["library", "module_utils", "files"];

async function filesBelow(playbooks: string): Promise<Record<string, string>> {
  const found = FOLDERS.map(async (folder) => {
    const directory = join(playbooks, ROLE, folder);
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => [`${folder}/${name}`, join(directory, name)] as const);
  });
  const own = [
    ["run_role.py", join(playbooks, "boot/run_role.py")],
    // What modules import as ansible.module_utils.basic.
    ["module_utils/basic.py", join(playbooks, "boot/basic.py")],
  ] as const;
  const all = [...own, ...(await Promise.all(found)).flat()];
  const contents = all.map(async ([name, file]) => [name, await readFile(file, "utf8")] as const);
  return Object.fromEntries(await Promise.all(contents));
}

/** Packs the role of `playbooks` (assets/ansible) with the variables of all hosts: gzipped JSON. */
export async function packRole(
  playbooks: string,
  rest: Pick<RoleBundle, "variables" | "hosts" | "reports">,
): Promise<Uint8Array> {
  const yaml = async (file: string): Promise<unknown> =>
    parse(await readFile(join(playbooks, ROLE, file), "utf8"));
  const [files, tasks, defaults] = await Promise.all([
    filesBelow(playbooks),
    yaml("tasks/main.yml"),
    yaml("defaults/main.yml"),
  ]);
  const bundle: RoleBundle = {
    files,
    tasks: tasks as readonly unknown[],
    defaults: defaults as Variables,
    ...rest,
  };
  return promisify(gzip)(JSON.stringify(bundle));
}
