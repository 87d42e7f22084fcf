import type { DockerEngine, ObjectKind } from "../adapters/docker/engine.js";
import { explainDockerFailure } from "../adapters/docker/errors.js";
import { ExitCode, UserError } from "../errors.js";
import { run } from "../exec/run.js";
import { SIMULATOR_LABEL, simulatorLabels } from "./names.js";

/** What the simulator asks of Docker beyond what clusters need. */
export async function docker(args: readonly string[], input?: string): Promise<string> {
  const result = await run({ file: "docker", args, ...(input !== undefined && { input }) });
  if (result.exitCode !== 0) throw explainDockerFailure(args, result);
  return result.stdout.trim();
}

const KINDS: readonly ObjectKind[] = ["container", "network", "volume"];

function noneWithoutDocker(error: unknown): string[][] {
  if (error instanceof UserError && error.exitCode === ExitCode.toolMissing) return [];
  throw error;
}

/** Everything in Docker that a simulator made, as "container NAME". */
export async function leftovers(engine: DockerEngine, id: string): Promise<string[]> {
  const found = await Promise.all(KINDS.map((kind) => engine.list(kind, simulatorLabels(id)))).catch(
    noneWithoutDocker,
  );
  return KINDS.flatMap((kind, at) => (found[at] ?? []).map((name) => `${kind} ${name}`));
}

/** The simulators that this engine has anything of; none where there is no Docker: the API alone needs none. */
export async function simulatorsSeen(engine: DockerEngine): Promise<string[]> {
  const found = await Promise.all(KINDS.map((kind) => engine.labelValues(kind, {}, SIMULATOR_LABEL))).catch(
    noneWithoutDocker,
  );
  return [...new Set(found.flat())];
}

/** Removes everything in Docker that a simulator made, by its label alone. */
export async function removeObjects(engine: DockerEngine, id: string): Promise<void> {
  const labels = simulatorLabels(id);
  await engine.remove("container", await engine.list("container", labels));
  await Promise.all(
    (["network", "volume"] as const).map(async (kind) =>
      engine.remove(kind, await engine.list(kind, labels)),
    ),
  );
}

/** Where the engine looks for the certificate authority of a registry; a folder of the machine that it runs on. */
const TRUSTED = "/etc/docker/certs.d";

/** Runs a line of shell on that folder, with the engine's own rights: its users need not be root. */
const onTrusted = (image: string, id: string, script: string, args: readonly string[], input = "") =>
  docker(
    [
      ...["run", "--rm", "--interactive", "--network", "none", "--volume", `${TRUSTED}:/trusted`],
      ...Object.entries(simulatorLabels(id)).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      ...["--entrypoint", "/bin/sh", image, "-ec", script, "sh", ...args],
    ],
    input,
  );

/** Makes the engine trust the registry at ADDRESS:PORT. */
export const trust = (image: string, id: string, registry: string, authority: string) =>
  onTrusted(
    image,
    id,
    'mkdir -p "/trusted/$1"; cat >"/trusted/$1/ca.crt"; touch "/trusted/$1/$2.simulator"',
    [registry, id],
    authority,
  );

/** Takes that back, whatever registry it was for. */
export const distrust = (image: string, id: string) =>
  onTrusted(
    image,
    id,
    'for mark in /trusted/*/"$1".simulator; do if [ -e "$mark" ]; then rm -r "$(dirname "$mark")"; fi; done',
    [id],
  );
