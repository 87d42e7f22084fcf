import { rmSync } from "node:fs";
import { waitUntil } from "../../src/wait.js";
import type { StepCounts, Steps } from "./cases.js";
import { Command } from "./processes.js";
import { FURTHEST } from "./run-case.js";
import { CLUSTER, keepRecord, newFolder, type Recorded, type World } from "./world.js";

async function countOf({ control }: World, work: () => Promise<void>): Promise<Record<Steps, number>> {
  const start = (await control.requests(0)).length;
  await work();
  const requests = await control.requests(start);
  const terraform = requests.filter(({ agent }) => agent.includes("Terraform"));
  return { calls: requests.length, terraform: terraform.length, ssh: 0 };
}

/** Runs every verb undisturbed: how many steps each has, and what a made cluster has on the disk. */
export async function countSteps(
  world: World,
): Promise<{ readonly counts: StepCounts; readonly recorded: Recorded }> {
  const directory = newFolder();
  const start = (...args: string[]) => new Command(args, "count", { directory, env: world.env });
  const create = await countOf(world, async () => {
    const command = start("create", CLUSTER);
    await waitUntil({
      description: "a cluster without hosts",
      timeoutSeconds: 120,
      probe: async () => {
        if (command.hasEnded) throw new Error(command.said);
        return command.said.includes(FURTHEST)
          ? { done: true, value: undefined }
          : { done: false, seen: command.said };
      },
    });
    command.kill();
  });
  const recorded = keepRecord(directory);
  const destroyed = async () => {
    const command = start("destroy", CLUSTER, "--yes");
    if ((await command.ended) !== 0) throw new Error(command.said);
  };
  await destroyed();
  await world.makeCluster(directory, recorded);
  const destroy = await countOf(world, destroyed);
  rmSync(directory, { recursive: true, force: true });
  return { counts: { create, destroy }, recorded };
}
