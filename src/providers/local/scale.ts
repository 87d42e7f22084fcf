import type { DockerEngine } from "../../adapters/docker/engine.js";
import type { Context } from "../../context.js";
import { ExitCode, UserError } from "../../errors.js";
import { type ClusterPlan, localWorker, MASTER_UI_PORT } from "../../plan/cluster-plan.js";
import { clusterSelector, ROLE_LABEL } from "../../plan/identity.js";
import { freeNames } from "../../plan/scaling.js";
import type { Machine } from "../../plan/sizing.js";
import { counted, formatMiB } from "../../plan/units.js";
import { decommission, tellWorker } from "../decommission.js";
import type { Departure, Growth } from "../provider.js";
import { registerWorkers } from "../ready.js";
import { localNames, loopback, nodeContainer } from "./containers.js";

export interface LocalScale {
  readonly engine: DockerEngine;
  readonly plan: ClusterPlan;
  readonly machine: Machine;
  readonly readyTimeoutSeconds: number;
}

function refuseWithoutRoom({ plan, machine }: LocalScale): void {
  const { limitBytes } = plan.worker;
  if (limitBytes * plan.workers <= machine.memoryBytes) return;
  const most = Math.floor(machine.memoryBytes / limitBytes);
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `${plan.workers} workers of ${formatMiB(limitBytes)} need more than the ${formatMiB(machine.memoryBytes)} that the Docker engine has.`,
    hint: `It has room for ${counted(most, "worker")}; for more of them lower worker.memory in the config, then: pyspark-deploy update ${plan.identity.cluster}`,
  });
}

/** Starts containers of new workers, and anew those whose worker does not take work. */
export async function growCluster(
  scale: LocalScale,
  { add, mend, keep }: Growth,
  context: Context,
): Promise<void> {
  const { engine, plan, readyTimeoutSeconds } = scale;
  if (add > 0) refuseWithoutRoom(scale);
  const names = localNames(plan.identity);
  const made = freeNames(keep, add);
  const starting = [...mend, ...made];
  await context.report.step("start", `Starting ${starting.join(", ")}`, async () => {
    // Of a command that was killed there may be containers that nobody knows of.
    await engine.remove("container", starting.map(names.container));
    await Promise.all(
      starting.map((name) => engine.runContainer(nodeContainer(plan, localWorker(name, plan.worker)))),
    );
  });
  const { project, cluster } = plan.identity;
  await registerWorkers(
    {
      expected: [...keep, ...made].map((name) => ({ node: name, host: name })),
      worker: plan.worker,
      timeoutSeconds: readyTimeoutSeconds,
      hint: (node) =>
        `Look further: pyspark-deploy logs ${node} --cluster ${cluster}; then: pyspark-deploy repair ${cluster}`,
      lastWords: (node) => engine.logTail(names.container(node), 30),
      ui: async () => {
        const selector = { ...clusterSelector(project, cluster), [ROLE_LABEL]: "master" };
        return loopback((await engine.containers(selector))[0]?.ports[MASTER_UI_PORT]);
      },
    },
    context,
  );
}

/** Takes containers of workers out of the cluster. */
export async function shrinkCluster(
  { engine, plan }: LocalScale,
  { leave, lost, ...rest }: Departure,
  context: Context,
): Promise<void> {
  const names = localNames(plan.identity);
  const tell = (name: string) => tellWorker(engine, names.container(name));
  await decommission({ ...rest, leaving: leave, tell }, context);
  const gone = [...leave.map(({ name }) => name), ...lost];
  await context.report.step("remove", `Removing ${gone.join(", ")}`, () =>
    engine.remove("container", gone.map(names.container)),
  );
}
