import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DockerEngine } from "../../src/adapters/docker/engine.js";
import { docker, leftovers, removeObjects } from "../../src/simulator/docker.js";
import { simulatorLabels, simulatorObject } from "../../src/simulator/names.js";
import { takePresence } from "../../src/simulator/presence.js";
import { Cli } from "../support/cli.js";

const engine = new DockerEngine();
const killed = randomBytes(4).toString("hex");
const alive = randomBytes(4).toString("hex");

const volume = (id: string) => [
  ...["volume", "create"],
  ...Object.entries(simulatorLabels(id)).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
  simulatorObject(id, "s3"),
];

beforeAll(async () => {
  await docker(volume(killed));
  await docker(volume(alive));
  await takePresence(alive);
});
afterAll(async () => {
  await removeObjects(engine, killed);
  await removeObjects(engine, alive);
});

it("removes what a killed simulator of another folder left, and nothing of one that runs", async () => {
  const directory = mkdtempSync(join(tmpdir(), "psd-killed-"));
  const stop = (...flags: string[]) =>
    new Cli(directory).run(["simulator", "stop", ...flags], {
      env: { PYSPARK_DEPLOY_SIMULATOR_DIRECTORY: join(directory, "none") },
    });
  expect(await stop()).toMatchObject({ exitCode: 0 });
  expect(await leftovers(engine, killed)).toHaveLength(1);
  expect(await stop("--all")).toMatchObject({ exitCode: 0 });
  expect(await leftovers(engine, killed)).toEqual([]);
  expect(await leftovers(engine, alive)).toHaveLength(1);
});
