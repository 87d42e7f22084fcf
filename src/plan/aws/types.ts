import type { Config } from "../../config/schema.js";
import { ExitCode, UserError } from "../../errors.js";
import type { Architecture, InstanceShape } from "./shapes.js";

export interface WantedTypes {
  /** In order of preference. */
  readonly masterTypes: readonly string[];
  readonly workerTypes: readonly string[];
}

/** General-purpose types of the last generations with the same cores and memory, so that any of them may step in. */
const DEFAULT_TYPES: Readonly<Record<Architecture, WantedTypes>> = {
  amd64: {
    masterTypes: ["m7i.xlarge", "m6i.xlarge", "m7a.xlarge", "m6a.xlarge", "m5.xlarge"],
    workerTypes: ["m7i.2xlarge", "m6i.2xlarge", "m7a.2xlarge", "m6a.2xlarge", "m5.2xlarge"],
  },
  arm64: {
    masterTypes: ["m7g.xlarge", "m8g.xlarge", "m6g.xlarge"],
    workerTypes: ["m7g.2xlarge", "m8g.2xlarge", "m6g.2xlarge"],
  },
};

/** The types that a config asks for, or those of the image's architecture. */
export function typesToAsk({ aws }: Config, architecture: Architecture): WantedTypes {
  const fallback = DEFAULT_TYPES[architecture];
  return {
    masterTypes: aws.masterTypes ?? fallback.masterTypes,
    workerTypes: aws.workerTypes ?? fallback.workerTypes,
  };
}

const KEYS = { masterTypes: "aws.masterTypes", workerTypes: "aws.workerTypes" } as const;

/**
 * The shapes of the wanted types, in the same order; a default that the region does not know is left out.
 * @throws UserError (exit code 2) when a type does not exist there, or can't run the image.
 */
export function wantedShapes(
  config: Config,
  role: keyof WantedTypes,
  architecture: Architecture,
  shapes: ReadonlyMap<string, InstanceShape>,
): readonly [InstanceShape, ...InstanceShape[]] {
  const wanted = [...new Set(typesToAsk(config, architecture)[role])];
  const known = wanted.flatMap((type) => shapes.get(type) ?? []);
  const missing = wanted.find((type) => !shapes.has(type));
  const { region } = config.aws;
  if (missing !== undefined && config.aws[role] !== undefined) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${region} has no instance type ${missing}, which ${KEYS[role]} names.`,
      hint: `See what there is: aws ec2 describe-instance-types --region ${region} --query "InstanceTypes[].InstanceType"`,
    });
  }
  const foreign = known.find((shape) => shape.architecture !== architecture);
  if (foreign) throw wrongArchitecture(foreign, architecture, role);
  const [first, ...others] = known;
  if (first) return [first, ...others];
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `${region} has none of the default instance types ${wanted.join(", ")}.`,
    hint: `Name one that it has: ${KEYS[role]}.`,
  });
}

function wrongArchitecture(
  shape: InstanceShape,
  architecture: Architecture,
  role: keyof WantedTypes,
): UserError {
  const own = DEFAULT_TYPES[architecture][role][0];
  return new UserError({
    exitCode: ExitCode.usage,
    message: `The image is for ${architecture}, and ${shape.type} is an ${shape.architecture} machine: it could not run it.`,
    hint: `Choose a type of the image's architecture (${KEYS[role]}: [${own}]), or build the image for the other (image.platform: linux/${shape.architecture}).`,
  });
}
