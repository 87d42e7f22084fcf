// `scale` of 1 + 2 to 1 + 4 on the simulated AWS until all four workers are ALIVE, and back to 2 until the instances are
// terminated, which takes no time here. Goal: 2 to 4 in at most 35 s. The way of 2018 has no such verb.
import { elapsed, main } from "./aws-lib.mjs";
import { AwsProject, hostsAre, startSimulator, WORKERS } from "./aws-project.mjs";
import { bars, goal, median, show } from "./lib.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 3);

function showSteps(name, runs) {
  console.log(`\nSteps of each run, from and to (s): ${name}`);
  for (const ran of runs) console.log(`  ${elapsed(ran).toFixed(1)} s: ${bars(ran.result.waterfall)}`);
}

await main(async () => {
  const project = new AwsProject(await startSimulator());
  await project.cli("create", "cloud");
  const up = [];
  const down = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await hostsAre(1 + WORKERS);
    up.push(await project.cli("scale", "cloud", String(2 * WORKERS)));
    down.push(await project.cli("scale", "cloud", String(WORKERS)));
  }
  await project.cli("destroy", "cloud", "--yes");

  show(`From ${WORKERS} to ${2 * WORKERS} workers, until all are ALIVE`, { scale: up.map(elapsed) });
  show(`From ${2 * WORKERS} to ${WORKERS} workers, nothing to move`, { scale: down.map(elapsed) });
  console.log("  the 2018 way has no such verb");
  showSteps("up", up);
  showSteps("down", down);
  const total = median(up.map(elapsed));
  goal(`scale ${WORKERS} to ${2 * WORKERS} in at most 35 s (here ${total.toFixed(1)} s)`, total <= 35);
});
