import { providerRules } from "./aws-rules.js";
import { type BaseVersions, chooseBase, describeMatrix } from "./base-matrix.js";
import { yamlLine } from "./example.js";
import type { LenientConfig } from "./layers.js";
import { formatPath } from "./problem.js";

/** A mistake in values that are right each for itself. */
export interface Contradiction {
  /** The key to blame, as a path of the top level. */
  readonly path: readonly string[];
  /** The other key that it does not go with. */
  readonly with?: readonly string[];
  readonly message: string;
  readonly fix: string;
}

/** Spark properties that something else decides. */
const DECIDED: Readonly<Record<string, { readonly why: string; readonly fix: string }>> = {
  "spark.master": { why: "jobs run on the cluster's own master", fix: "delete it" },
  "spark.authenticate.secret": { why: "every cluster makes its own", fix: "delete it" },
  "spark.driver.memory": {
    why: "the limit of a job's container follows driver.memory",
    fix: `set that instead, for example: ${yamlLine(["driver", "memory"], "2g")}`,
  },
};

const OWN_ARGUMENTS = ["PYSPARK_DEPLOY_BASE", "PYSPARK_DEPLOY_BUILDER"];

function storageRules({ storage }: LenientConfig["config"]): Contradiction[] {
  if (storage.s3 !== "embedded" || storage.profile === undefined) return [];
  return [
    {
      path: ["storage", "profile"],
      with: ["storage", "s3"],
      message: "the embedded S3 server has credentials of its own, so no AWS profile is used",
      fix: 'delete it, or name your S3, for example: storage: {s3: aws, profile: "research"}',
    },
  ];
}

function sparkRules({ spark }: LenientConfig["config"]): Contradiction[] {
  return Object.keys(spark.conf).flatMap((name) => {
    const decided = Object.hasOwn(DECIDED, name) ? DECIDED[name] : undefined;
    return decided
      ? [
          {
            path: ["spark", "conf", name],
            message: `${name} can't be set here: ${decided.why}`,
            fix: decided.fix,
          },
        ]
      : [];
  });
}

function argumentRules({ image }: LenientConfig["config"]): Contradiction[] {
  return OWN_ARGUMENTS.filter((name) => Object.hasOwn(image.args, name)).map((name) => ({
    path: ["image", "args", name],
    message: `${name} can't be set here: every build gets the exact image`,
    fix: `delete it; another base is ${yamlLine(["image", "base", "from"], "mirror.example.com/debian:trixie-slim")}`,
  }));
}

/** Versions that are in the matrix, but not together. */
export function untestedBase(
  { image }: LenientConfig["config"],
  matrix?: readonly BaseVersions[],
): Contradiction[] {
  if (chooseBase(image.base, matrix)) return [];
  const set = (["java", "python", "spark"] as const).filter((key) => image.base[key] !== undefined);
  // The key whose absence helps is the one to blame; which one that is, the matrix tells.
  const blamed =
    set.find((key) => chooseBase({ ...image.base, [key]: undefined }, matrix)) ?? set[0] ?? "spark";
  return [
    {
      path: ["image", "base", blamed],
      message: `${blamed} ${image.base[blamed]} has not been tested with the other versions of image.base`,
      fix: `tested: ${describeMatrix(matrix)}; for example, delete ${formatPath(["image", "base", blamed])}`,
    },
  ];
}

/** What of a config contradicts itself. */
export function contradictions(config: LenientConfig["config"]): Contradiction[] {
  return [storageRules, sparkRules, argumentRules, providerRules]
    .flatMap((rule) => rule(config))
    .concat(untestedBase(config));
}
