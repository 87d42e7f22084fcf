import { type BaseVersions, chooseBase, describeMatrix } from "../config/base-matrix.js";
import { type Config, DEFAULT_BASE_FROM } from "../config/schema.js";
import { ExitCode, UserError } from "../errors.js";

/** Names under `localhost/` never resolve to a public registry. */
const LOCAL = "localhost/pyspark-deploy";

export interface BasePlan {
  readonly versions: BaseVersions;
  readonly arguments: Readonly<Record<string, string>>;
}

/**
 * What the base image of this config is built with.
 * @throws UserError when the combination of versions is not in the tested matrix.
 */
export function planBase({ base }: Config["image"]): BasePlan {
  const versions = chooseBase(base);
  if (!versions) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: "image.base asks for a combination of versions that has not been tested.",
      hint: `Tested: ${describeMatrix()}.`,
    });
  }
  return {
    versions,
    arguments: {
      FROM_IMAGE: base.from ?? DEFAULT_BASE_FROM,
      SPARK_VERSION: versions.spark,
      PYTHON_VERSION: versions.python,
      JAVA_VERSION: versions.java,
      SCALA_VERSION: versions.scala,
      HADOOP_VERSION: versions.hadoop,
      AWS_SDK_VERSION: versions.awsSdk,
      ANALYTICS_ACCELERATOR_VERSION: versions.analyticsAccelerator,
      HADOOP_CLOUD_VERSION: versions.hadoopCloud,
      EXTRA_PACKAGES: base.packages.join(" "),
      KEEP: base.keep.join(" "),
    },
  };
}

const short = (hash: string) => hash.slice(0, 12);

const versionsTag = ({ spark, python, java }: BaseVersions) => `${spark}-py${python}-java${java}`;

/** The tag of a base image: its versions, and a hash of everything that it is built from. */
export function baseTag(versions: BaseVersions, inputHash: string): string {
  return `${versionsTag(versions)}-${short(inputHash)}`;
}

export const baseReference = (tag: string) => `${LOCAL}/base:${tag}`;

/** The name that a Dockerfile uses when it is built by hand, without the CLI. */
export const friendlyBaseReference = (versions: BaseVersions) => baseReference(versionsTag(versions));

export const sharedBaseReference = (registry: string, tag: string) =>
  `${registry.replace(/\/+$/, "")}/pyspark-deploy-base:${tag}`;

/** Where a project's images are in a registry that is not ECR. */
export const sharedProjectRepository = (registry: string, project: string) =>
  `${registry.replace(/\/+$/, "")}/pyspark-deploy-${project}`;

/**
 * The tag that an image is pushed by. Its parity key is in it, since two builds of the same tree may differ, and what is found by
 * the tag must be what was built here.
 */
export const pushTag = ({ treeHash, parityKey }: { readonly treeHash: string; readonly parityKey: string }) =>
  `${short(treeHash)}-${short(parityKey.replace(/^sha256:/, ""))}`;

export const builderReference = (settingsHash: string) => `${LOCAL}/builder:${short(settingsHash)}`;

export const s3Reference = (inputHash: string) => `${LOCAL}/s3:${short(inputHash)}`;

/** The image of a project at one state of its source tree. */
export const projectReference = (project: string, treeHash: string) =>
  `${LOCAL}/project-${project}:${short(treeHash)}`;
