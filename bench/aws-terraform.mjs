// Terraform from the VPC to the instances, for 2 and for 100 workers, beside the way of 2018; and how many calls of the
// API create instances, for up to 500. Against the API server of the simulated AWS alone: no host boots.
// Goals: at most 10 s for 2 workers, at most 1.2 times that for 100, and the same number of calls for any number.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  askSimulator,
  elapsed,
  INSTANCE_TYPE,
  latestAmi,
  main,
  newFolder,
  newKey,
  REGION,
  startApi,
  TerraformFolder,
  ZONE,
} from "./aws-lib.mjs";
import { goal, median, ROOT, show } from "./lib.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CREATING = ["CreateFleet", "RunInstances"];
/** About what the user data of a node needs, as base64. */
const USER_DATA = Buffer.alloc(9000, "pyspark-deploy").toString("base64");

const ourVariables = (name, workers, { ami, publicKey }) => {
  const fleet = { instance_types: [INSTANCE_TYPE], zone: ZONE };
  return {
    region: REGION,
    name,
    tags: { "pyspark-deploy:project": "bench" },
    zones: [ZONE],
    ssh_cidrs: ["203.0.113.7/32"],
    public_key: publicKey,
    ami_id: ami,
    user_data_base64: USER_DATA,
    s3_locations: ["bench"],
    repository_arns: [`arn:aws:ecr:${REGION}:123456789012:repository/bench`],
    fleets: {
      "master-1": { role: "master", count: 1, ...fleet },
      "workers-1": { role: "worker", count: workers, ...fleet },
    },
  };
};

const variablesOf2018 = (name, workers, { ami, publicKey }) => ({
  region: REGION,
  name,
  workers,
  instance_type: INSTANCE_TYPE,
  ami,
  public_key: publicKey,
});

/** Both configurations, ready to apply. */
async function prepare() {
  const directory = newFolder("terraform");
  const ours = join(directory, "ours");
  const then = join(directory, "2018");
  cpSync(join(ROOT, "assets/terraform"), ours, { recursive: true });
  writeFileSync(join(ours, "provider.tf.json"), JSON.stringify({ provider: { aws: { region: REGION } } }));
  cpSync(join(ROOT, "bench/2018/terraform"), then, { recursive: true });
  const api = await startApi();
  const facts = { ami: await latestAmi(api.env), ...(await newKey(directory)) };
  await api.stop();
  for (const folder of [ours, then]) await new TerraformFolder(folder, process.env).init();
  return {
    "pyspark-deploy": {
      folder: ours,
      variables: (name, workers) => ourVariables(name, workers, facts),
      // As our adapter runs it.
      settings: { GOGC: "400" },
    },
    "the 2018 way": { folder: then, variables: (name, workers) => variablesOf2018(name, workers, facts) },
  };
}

/** Applies once, to an AWS account with nothing in it; returns the seconds and the calls that created instances. */
async function measure({ folder, variables, settings }, name, workers) {
  const api = await startApi();
  const run = await new TerraformFolder(folder, { ...api.env, ...settings }).apply(
    name,
    variables(name, workers),
  );
  const [instances, requests] = await Promise.all([
    askSimulator(api.endpoint, "instances"),
    askSimulator(api.endpoint, "requests"),
  ]);
  if (instances.length !== workers + 1)
    throw new Error(`${instances.length} instances for ${workers} workers`);
  await api.stop();
  const calls = requests.filter(({ action }) => CREATING.includes(action)).length;
  return { seconds: elapsed(run), calls };
}

await main(async () => {
  const sides = await prepare();
  const seconds = {};
  const calls = Object.fromEntries(Object.keys(sides).map((side) => [side, new Map()]));
  const once = async (side, workers, round) => {
    const measured = await measure(sides[side], `bench-${workers}-${round}`, workers);
    const title = `${side}, 1 + ${workers}`;
    seconds[title] = [...(seconds[title] ?? []), measured.seconds];
    calls[side].set(workers, measured.calls);
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of Object.keys(sides)) {
      await once(side, 2, round);
      // Minutes for the other side, and it has no goal: once will do.
      if (side === "pyspark-deploy" || round === 0) await once(side, 100, round);
    }
  }
  for (const side of Object.keys(sides)) await once(side, 10, 0);
  await once("pyspark-deploy", 500, 0);
  if (process.env.LARGE) await once("the 2018 way", 500, 0);

  show("Terraform, VPC to instances, no host", seconds);
  console.log("\nCalls that create instances");
  for (const [side, counts] of Object.entries(calls)) {
    const shown = [...counts].sort(([a], [b]) => a - b).map(([workers, count]) => `1 + ${workers}: ${count}`);
    console.log(`  ${side}: ${shown.join(", ")}`);
  }
  const few = median(seconds["pyspark-deploy, 1 + 2"]);
  const ratio = median(seconds["pyspark-deploy, 1 + 100"]) / few;
  const ours = new Set(calls["pyspark-deploy"].values());
  goal(`1 + 2 in at most 10 s (here ${few.toFixed(2)} s)`, few <= 10);
  goal(`1 + 100 in at most 1.2 times that (here ${ratio.toFixed(2)})`, ratio <= 1.2);
  goal(`as many calls for 500 workers as for 2 (here ${[...ours].join(", ")})`, ours.size === 1);
});
