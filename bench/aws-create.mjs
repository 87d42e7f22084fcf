// `create` of 1 + 2 on the simulated AWS until both workers are ALIVE, and `destroy`, beside the way of 2018 (bench/2018),
// in turn. New profiles are visible and instances end at once; the image is in the registry. Goals: create in at most
// 45 s, of which at most 15 s are our own: not host boot, image pull and unpack, or start of the JVMs. Destroy in at most 10 s.
import { ClusterOf2018 } from "./aws-2018.mjs";
import { INSTANCE_TYPE, latestAmi, main, newFolder } from "./aws-lib.mjs";
import { CreatedProject, showParts } from "./aws-parts.mjs";
import { startSimulator, WORKERS } from "./aws-project.mjs";
import { goal, median, show } from "./lib.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 3);

function showPartsOf2018(runs) {
  console.log("\nWhere the 2018 way's time went");
  for (const { total, terraform, ansible, register } of runs) {
    console.log(
      `  ${total.toFixed(1)} s: Terraform ${terraform.toFixed(1)}, Ansible ${ansible.toFixed(1)}, then until ALIVE ${register.toFixed(1)}`,
    );
  }
  const tasks = runs
    .at(-1)
    .said.split(/^=+\s*$/m)
    .at(-1);
  console.log(`  Ansible's longest tasks in the last run:\n${tasks.trimEnd()}`);
}

await main(async () => {
  const env = await startSimulator();
  const project = new CreatedProject(env);
  const then = await ClusterOf2018.prepare(newFolder("2018"), env, {
    ami: await latestAmi(env),
    instanceType: INSTANCE_TYPE,
  });
  const { result: pushed } = await project.cli("push", "cloud");

  // Terraform's provider and Ansible are prepared by the first create on a machine.
  const first = await project.create("first");
  await project.destroy("first");
  console.log(
    `\nThe first create, which prepares Terraform and Ansible where they are not yet: ${first.total.toFixed(1)} s`,
  );

  const created = { "pyspark-deploy": [], "the 2018 way": [] };
  const destroyed = { "pyspark-deploy": [], "the 2018 way": [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = `round-${round}`;
    created["pyspark-deploy"].push(await project.create(name));
    destroyed["pyspark-deploy"].push(await project.destroy(name));
    created["the 2018 way"].push(await then.create(name, WORKERS, pushed.reference));
    destroyed["the 2018 way"].push(await then.destroy(name, WORKERS));
  }

  const totals = Object.fromEntries(
    Object.entries(created).map(([side, list]) => [side, list.map(({ total }) => total)]),
  );
  show(`Create 1 + ${WORKERS} until all workers are ALIVE`, totals);
  showParts(created["pyspark-deploy"]);
  showPartsOf2018(created["the 2018 way"]);
  show(`Destroy 1 + ${WORKERS}; instances end at once, so nothing of it is waiting for that`, destroyed);

  const total = median(totals["pyspark-deploy"]);
  const own = median(created["pyspark-deploy"].map((one) => one.own));
  const destroy = median(destroyed["pyspark-deploy"]);
  goal(`create in at most 45 s (here ${total.toFixed(1)} s)`, total <= 45);
  goal(`of which our own at most 15 s (here ${own.toFixed(1)} s)`, own <= 15);
  goal(`destroy in at most 10 s (here ${destroy.toFixed(1)} s)`, destroy <= 10);
});
