import { join } from "node:path";
import { proxyEnvironment, readBuildSettings, withBuildContext } from "../adapters/build-context.js";
import type { DockerEngine } from "../adapters/docker/engine.js";
import { hashTree } from "../adapters/source-tree.js";
import { assetPath } from "../assets.js";
import type { Reporter } from "../report/events.js";

/** What hosts are made from unless PYSPARK_DEPLOY_SIMULATOR_FROM names another image of Debian 12. */
const DEFAULT_FROM = "debian:bookworm-slim";

export interface HostImageRequest {
  readonly engine: DockerEngine;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How builds reach packages on this machine: the config's image.build. */
  readonly build: Parameters<typeof readBuildSettings>[0];
  readonly report: Reporter;
}

const baseOf = (env: HostImageRequest["env"]) => env.PYSPARK_DEPLOY_SIMULATOR_FROM || DEFAULT_FROM;

/** The name of the hosts' image, with a hash of all that it is built from. */
export async function hostImageReference(env: HostImageRequest["env"]): Promise<string> {
  const hash = await hashTree(assetPath("simulator/host"), [baseOf(env)]);
  return `localhost/pyspark-deploy/simulator-host:${hash.slice(0, 12)}`;
}

/** Builds the hosts' image when it is absent (minutes, once); returns its name. */
export async function ensureHostImage(request: HostImageRequest): Promise<string> {
  const { engine, env, report } = request;
  const reference = await hostImageReference(env);
  if (await engine.image(reference)) return reference;
  const settings = await readBuildSettings(request.build, process.cwd(), env);
  const folders = ["docker/base", "simulator/host"].map(assetPath);
  await report.step("host-image", "Building the image of simulated hosts (minutes, once)", (step) =>
    withBuildContext(folders, settings, (directory) =>
      engine.build(
        {
          context: directory,
          dockerfile: join(directory, "Dockerfile"),
          tags: [reference],
          arguments: { FROM_IMAGE: baseOf(env) },
          labels: {},
          network: settings.network,
          failureHint:
            "It is built from Debian 12: name an image of it that can be had here: PYSPARK_DEPLOY_SIMULATOR_FROM",
          secretEnvironment: proxyEnvironment(env),
        },
        step.progress,
      ),
    ),
  );
  return reference;
}
