// A code edit until the new image is ready: `build` against `docker build` by hand. Goal: at most 0.5 s more.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, goal, interleave, median, newProject, seconds, sh, show } from "./lib.mjs";

const project = newProject("rebuild", { "jobs/job.py": "print(1)\n" });
const { base } = JSON.parse(cli(project, "build", "--json"));
const edit = (side) => (round) =>
  writeFileSync(join(project, "jobs/job.py"), `print("${side} ${round} ${Date.now()}")\n`);
const byHand = [
  "build",
  "--quiet",
  "--tag",
  "bench-rebuild:by-hand",
  "--build-arg",
  `PYSPARK_DEPLOY_BASE=${base}`,
  ".",
];
const hasBuildx = (() => {
  try {
    sh("docker", ["buildx", "version"]);
    return true;
  } catch {
    return false;
  }
})();
const env = { ...process.env, ...(hasBuildx ? {} : { DOCKER_BUILDKIT: "0" }) };

const runs = interleave(Number(process.env.ROUNDS ?? 9), {
  "docker build by hand": (round) => {
    edit("hand")(round);
    return seconds(() => sh("docker", byHand, { cwd: project, env }));
  },
  "pyspark-deploy build": (round) => {
    edit("cli")(round);
    return seconds(() => cli(project, "build"));
  },
});
show("Code edit until the new image is ready", runs);
const extra = median(runs["pyspark-deploy build"]) - median(runs["docker build by hand"]);
goal(`at most + 0.5 s (here + ${extra.toFixed(2)} s)`, extra <= 0.5);
