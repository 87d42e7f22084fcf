import { createHash } from "node:crypto";
import type { Labels } from "../../plan/identity.js";

export interface ImageFacts {
  readonly id: string;
  readonly tags: readonly string[];
  readonly architecture: string;
  readonly labels: Labels;
  readonly workingDirectory: string;
  /** As the Dockerfile's USER says; empty means root. */
  readonly user: string;
  readonly sizeBytes: number;
  /** Equal for the same content on every engine and platform that holds it. */
  readonly parityKey: string;
}

interface RawImage {
  readonly Id: string;
  readonly RepoTags?: string[] | null;
  readonly Os: string;
  readonly Architecture: string;
  readonly Size: number;
  readonly RootFS: { readonly Layers?: string[] };
  readonly Config: {
    readonly Env?: string[] | null;
    readonly Cmd?: string[] | null;
    readonly Entrypoint?: string[] | null;
    readonly Labels?: Record<string, string> | null;
    readonly WorkingDir?: string;
    readonly User?: string;
  } | null;
}

/**
 * A digest over what the image is: its uncompressed layers and what it runs with. Unlike an image id it does not depend on
 * the engine's image store, and unlike a registry digest it exists before any push and does not depend on compression.
 */
function parityKeyOf(raw: RawImage): string {
  const config = raw.Config ?? {};
  const labels = Object.entries(config.Labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = {
    platform: `${raw.Os}/${raw.Architecture}`,
    layers: raw.RootFS.Layers ?? [],
    env: config.Env ?? [],
    cmd: config.Cmd ?? [],
    entrypoint: config.Entrypoint ?? [],
    workingDir: config.WorkingDir ?? "",
    user: config.User ?? "",
    labels,
  };
  return `sha256:${createHash("sha256").update(JSON.stringify(content)).digest("hex")}`;
}

/** Reads what `docker image inspect --format '{{json .}}'` prints. */
export function parseImage(json: string): ImageFacts {
  const raw = JSON.parse(json) as RawImage;
  return {
    id: raw.Id,
    tags: raw.RepoTags ?? [],
    architecture: raw.Architecture,
    labels: raw.Config?.Labels ?? {},
    workingDirectory: raw.Config?.WorkingDir || "/",
    user: raw.Config?.User ?? "",
    sizeBytes: raw.Size,
    parityKey: parityKeyOf(raw),
  };
}
