import { rmSync } from "node:fs";
import { waitUntil } from "../../src/wait.js";
import type { StepCounts, Steps } from "./cases.js";
import { Command } from "./processes.js";
import { SshTrap } from "./ssh-trap.js";
import {
  CLUSTER,
  changeConfig,
  keepRecord,
  newFolder,
  type Recorded,
  VERBS,
  WORKERS,
  type World,
} from "./world.js";

/** A cluster with hosts: Terraform, their boot, Ansible. */
const LONGEST_SECONDS = 300;

/** Runs a verb undisturbed to its end, or as far as it gets, and counts its steps. */
async function countOf(
  { control, env, furthest }: World,
  directory: string,
  args: readonly string[],
): Promise<Record<Steps, number>> {
  const start = (await control.requests(0)).length;
  const trap = new SshTrap(0, "before");
  const command = new Command(args, "count", { directory, env: { ...env, ...trap.env } });
  await waitUntil({
    description: args.join(" "),
    timeoutSeconds: LONGEST_SECONDS,
    probe: async () => {
      if (furthest !== undefined && command.said.includes(furthest)) command.kill();
      else if (!command.hasEnded) return { done: false, seen: command.said };
      else if ((await command.ended) !== 0) throw new Error(command.said);
      return { done: true, value: undefined };
    },
  });
  const requests = await control.requests(start);
  const terraform = requests.filter(({ agent }) => agent.includes("Terraform"));
  const ssh = trap.calls;
  trap.remove();
  return { calls: requests.length, terraform: terraform.length, ssh };
}

/** How many steps each verb has, and what a made cluster has on the disk. */
export async function countSteps(
  world: World,
): Promise<{ readonly counts: StepCounts; readonly recorded: Recorded }> {
  const directory = newFolder();
  const count = (...args: string[]) => countOf(world, directory, args);
  try {
    const create = await count(...VERBS.create);
    const recorded = keepRecord(directory);
    if (world.furthest === undefined) {
      changeConfig(directory);
      const update = await count(...VERBS.update);
      const up = await count(...VERBS["scale-up"]);
      // Back to as many as before: one worker less, as in a case.
      const down = await count("scale", CLUSTER, String(WORKERS), "--now");
      const destroy = await count(...VERBS.destroy);
      return { counts: { create, update, "scale-up": up, "scale-down": down, destroy }, recorded };
    }
    await count(...VERBS.destroy);
    await world.makeCluster(directory, recorded);
    return { counts: { create, destroy: await count(...VERBS.destroy) }, recorded };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
