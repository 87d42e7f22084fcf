import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BuildSettings,
  hashText,
  proxyEnvironment,
  readBuildSettings,
  withBuildContext,
} from "../adapters/build-context.js";
import type { DockerEngine } from "../adapters/docker/engine.js";
import type { ImageFacts } from "../adapters/docker/image.js";
import { hashTree, readIgnore } from "../adapters/source-tree.js";
import { assetPath } from "../assets.js";
import type { LoadedConfig } from "../config/load.js";
import type { Context } from "../context.js";
import { ExitCode, UserError } from "../errors.js";
import type { PlannedImage } from "../plan/cluster-plan.js";
import { BASE_LABEL, type Labels, TREE_LABEL } from "../plan/identity.js";
import {
  type BasePlan,
  baseReference,
  baseTag,
  builderReference,
  friendlyBaseReference,
  planBase,
  projectReference,
  s3Reference,
  sharedBaseReference,
} from "../plan/image-plan.js";
import { STATE_DIRECTORY } from "../state/record.js";

export interface BuildOptions {
  /** Build even when an image of this content exists. */
  readonly force?: boolean;
}

export interface Base {
  readonly reference: string;
  readonly tag: string;
}

const BEHIND_MIRRORS =
  "If the step above could not reach a registry, tell the build how: image.base.from and image.build (see docs/image.md).";

interface AssetBuild {
  readonly step: string;
  readonly title: string;
  readonly folders: readonly string[];
  readonly tags: readonly string[];
  readonly arguments: Readonly<Record<string, string>>;
  readonly labels?: Labels;
  readonly platform: string | undefined;
}

const readIfThere = (file: string) => readFile(file, "utf8").catch(() => "");

/** True when no `COPY . .` can put the secrets of the project's clusters into a layer. */
export async function leavesOutState(context: string): Promise<boolean> {
  return (await readIgnore(context, [])).ignores(STATE_DIRECTORY);
}

async function refuseToShipSecrets(context: string): Promise<void> {
  if (await leavesOutState(context)) return;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `${join(context, ".dockerignore")} does not leave out ${STATE_DIRECTORY}, where the secrets of clusters are: they would get into the image.`,
    hint: `Add it: echo ${STATE_DIRECTORY} >> ${join(context, ".dockerignore")}`,
  });
}

/** Builds and finds the images of one project on one engine. */
export class Images {
  #plannedBase: Promise<BasePlan & { readonly tag: string }> | undefined;
  #plannedS3: Promise<string> | undefined;
  #foundBase: Promise<Base> | undefined;
  readonly #lookedUp = new Map<string, Promise<ImageFacts | undefined>>();

  constructor(
    private readonly engine: DockerEngine,
    private readonly loaded: LoadedConfig,
    private readonly context: Context,
  ) {}

  get #image() {
    return this.loaded.config.image;
  }

  #settings(): Promise<BuildSettings> {
    return readBuildSettings(this.#image.build, this.loaded.directory, this.context.env);
  }

  /** The plan of the base and its tag, which takes reading all that it is built from: done once. */
  #basePlan() {
    this.#plannedBase ??= this.#planBase();
    return this.#plannedBase;
  }

  async #planBase(): Promise<BasePlan & { readonly tag: string }> {
    const plan = planBase(this.#image);
    const inputs = await hashTree(assetPath("docker/base"), [
      JSON.stringify(plan.arguments),
      this.#image.platform ?? "",
    ]);
    return { ...plan, tag: baseTag(plan.versions, inputs) };
  }

  /** The image on the engine; asked once, so it can be asked ahead of time. */
  #look(reference: string): Promise<ImageFacts | undefined> {
    const known = this.#lookedUp.get(reference);
    if (known) return known;
    const asked = this.engine.image(reference);
    this.#lookedUp.set(reference, asked);
    return asked;
  }

  /** Asks the engine at once what will be asked one after another: most of the time everything is there. */
  async lookAhead({ s3 }: { readonly s3: boolean }): Promise<void> {
    const [{ tag }, settings, treeHash] = await Promise.all([
      this.#basePlan(),
      this.#settings(),
      this.treeHash(),
    ]);
    const project = projectReference(this.loaded.config.project, treeHash);
    const ours = [baseReference(tag), this.#builderReference(tag, settings)];
    const references = [project, ...new Set(ours), ...(s3 ? [await this.#s3Reference()] : [])];
    const [found] = await Promise.all([this.engine.images(references), this.engine.hasBuildKit()]);
    this.#lookedUp.set(project, Promise.resolve(found.get(project)));
    // What takes minutes to build is asked for once more when it seems to be missing.
    for (const [reference, image] of found) this.#lookedUp.set(reference, Promise.resolve(image));
  }

  /** The base image that this engine has already, or undefined. */
  async builtBase(): Promise<string | undefined> {
    const reference = baseReference((await this.#basePlan()).tag);
    return (await this.#look(reference)) && reference;
  }

  /** The base image: the one on this engine, else the registry's, else a new build; looked for once. */
  base(): Promise<Base> {
    this.#foundBase ??= this.#findOrBuildBase();
    return this.#foundBase;
  }

  async #findOrBuildBase(): Promise<Base> {
    const { versions, tag, arguments: args } = await this.#basePlan();
    const reference = baseReference(tag);
    if (await this.#look(reference)) return { reference, tag };
    const { registry, platform } = this.#image;
    if (registry !== undefined && (await this.#pullBase(registry, tag))) return { reference, tag };
    await this.#buildAssets({
      step: "base",
      title: `Building the base image (Spark ${versions.spark}, Python ${versions.python}, JDK ${versions.java}; minutes, once)`,
      folders: ["docker/base"],
      tags: [reference, friendlyBaseReference(versions)],
      arguments: args,
      labels: { [BASE_LABEL]: tag },
      platform,
    });
    return { reference, tag };
  }

  async #pullBase(registry: string, tag: string): Promise<boolean> {
    const shared = sharedBaseReference(registry, tag);
    const found = await this.context.report.step(
      "pull",
      `Looking for the base image in ${registry}`,
      (step) => this.engine.pull(shared, step.progress),
      (had) => (had ? "found" : "not there"),
    );
    if (found) await this.engine.tag(shared, baseReference(tag));
    return found;
  }

  /** Puts the base image into the project's registry, where teammates' builds find it. */
  async pushBase(base: Base): Promise<string> {
    const { registry } = this.#image;
    if (registry === undefined) {
      throw new UserError({
        exitCode: ExitCode.usage,
        message: "image.registry is not set.",
        hint: 'Add to pyspark-deploy.yaml: image: {registry: "registry.example.com/team"}',
      });
    }
    const shared = sharedBaseReference(registry, base.tag);
    await this.engine.tag(base.reference, shared);
    await this.context.report.step("push", `Pushing the base image to ${registry}`, (step) =>
      this.engine.push(shared, step.progress),
    );
    return shared;
  }

  #builderReference(tag: string, { files }: BuildSettings): string {
    if (Object.keys(files).length === 0) return baseReference(tag);
    return builderReference(hashText(tag, JSON.stringify(files)));
  }

  /** The base image with this machine's build settings on top; the base itself where there are none. */
  async #builder(base: Base, settings: BuildSettings): Promise<string> {
    const reference = this.#builderReference(base.tag, settings);
    if (reference === base.reference || (await this.#look(reference))) return reference;
    await this.#buildAssets({
      step: "builder",
      title: "Preparing the build settings",
      folders: ["docker/base", "docker/builder"],
      tags: [reference],
      arguments: { BASE_IMAGE: base.reference },
      platform: this.#image.platform,
    });
    return reference;
  }

  /** Hash of all that decides the project's image. */
  async treeHash(): Promise<string> {
    const { tag } = await this.#basePlan();
    const { args, dockerfile, platform, context } = this.#image;
    const folder = join(this.loaded.directory, context);
    // Docker reads these two even where .dockerignore leaves them out.
    const decisive = await Promise.all(
      [dockerfile, ".dockerignore"].map((file) => readIfThere(join(folder, file))),
    );
    return hashTree(folder, [tag, dockerfile, ...decisive, platform ?? "", JSON.stringify(args)]);
  }

  /** The project's image at this state of its tree, or undefined when it has not been built. */
  async find(treeHash: string): Promise<PlannedImage | undefined> {
    const reference = projectReference(this.loaded.config.project, treeHash);
    const image = await this.#look(reference);
    return image && { reference, parityKey: image.parityKey, treeHash };
  }

  /** The project's image for the tree as it is now: found, or built. */
  async project(options: BuildOptions = {}): Promise<PlannedImage> {
    const treeHash = await this.treeHash();
    const existing = options.force ? undefined : await this.find(treeHash);
    if (existing) return existing;
    const base = await this.base();
    await this.#buildProject(base, treeHash, options.force ?? false);
    this.#lookedUp.delete(projectReference(this.loaded.config.project, treeHash));
    const built = await this.find(treeHash);
    if (!built) throw new Error("the image that was just built is not there");
    return built;
  }

  async #buildProject(base: Base, treeHash: string, noCache: boolean): Promise<void> {
    const { project, image } = this.loaded.config;
    const context = join(this.loaded.directory, image.context);
    const dockerfile = join(context, image.dockerfile);
    if (!existsSync(dockerfile)) {
      throw new UserError({
        exitCode: ExitCode.usage,
        message: `There is no ${dockerfile}.`,
        hint: "Make one that fits your code: pyspark-deploy init (or write it: see docs/image.md)",
      });
    }
    await refuseToShipSecrets(context);
    const settings = await this.#settings();
    const builder = await this.#builder(base, settings);
    const reference = projectReference(project, treeHash);
    await this.context.report.step("image", "Building the project's image", (step) =>
      this.engine.build(
        {
          context,
          dockerfile,
          tags: [reference],
          arguments: { PYSPARK_DEPLOY_BASE: base.reference, PYSPARK_DEPLOY_BUILDER: builder },
          labels: { [TREE_LABEL]: treeHash },
          network: settings.network,
          platform: image.platform,
          noCache,
          failureHint: `Mend the step above in ${dockerfile}, then run the command again.`,
          secretEnvironment: { ...proxyEnvironment(this.context.env), ...image.args },
        },
        step.progress,
      ),
    );
  }

  #s3Reference(): Promise<string> {
    this.#plannedS3 ??= this.#basePlan().then(async ({ tag }) =>
      s3Reference(await hashTree(assetPath("docker/s3"), [tag])),
    );
    return this.#plannedS3;
  }

  /** The local S3 server's image: one layer on top of the base. */
  async s3(): Promise<string> {
    const reference = await this.#s3Reference();
    if (await this.#look(reference)) return reference;
    const base = await this.base();
    await this.#buildAssets({
      step: "s3-image",
      title: "Building the local S3 server's image",
      folders: ["docker/base", "docker/s3"],
      tags: [reference],
      arguments: { BASE_IMAGE: base.reference },
      platform: undefined,
    });
    return reference;
  }

  /** Builds one of our own images from asset folders (later ones win) and this machine's build settings. */
  async #buildAssets(build: AssetBuild): Promise<void> {
    const settings = await this.#settings();
    const folders = build.folders.map(assetPath);
    await this.context.report.step(build.step, build.title, (step) =>
      withBuildContext(folders, settings, (directory) =>
        this.engine.build(
          {
            context: directory,
            dockerfile: join(directory, "Dockerfile"),
            tags: build.tags,
            arguments: build.arguments,
            labels: build.labels ?? {},
            network: settings.network,
            platform: build.platform,
            failureHint: BEHIND_MIRRORS,
            secretEnvironment: proxyEnvironment(this.context.env),
          },
          step.progress,
        ),
      ),
    );
  }
}
