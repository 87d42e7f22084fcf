import { surveyDocker } from "../adapters/docker/survey.js";
import { BASE_MATRIX } from "../config/base-matrix.js";
import type { Context } from "../context.js";

/** What is at work here; null stands for what is absent or does not answer. */
export interface Versions {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly docker: {
    readonly client: string | null;
    readonly engine: string | null;
    readonly buildx: string | null;
  };
  /** The tested base images; the first is the default. */
  readonly bases: readonly {
    readonly spark: string;
    readonly hadoop: string;
    readonly python: string;
    readonly java: string;
  }[];
}

export async function versions({ version, signal }: Context): Promise<Versions> {
  const { client, engine, buildx } = await surveyDocker(signal);
  return {
    version,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    docker: { client: client ?? null, engine: engine?.version ?? null, buildx: buildx ?? null },
    bases: BASE_MATRIX.map(({ spark, hadoop, python, java }) => ({ spark, hadoop, python, java })),
  };
}
