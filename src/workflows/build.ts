import type { Session } from "./session.js";

export interface Built {
  readonly image: string;
  readonly parityKey: string;
  readonly treeHash: string;
  readonly base: string;
  /** Where the base image was pushed, when that was asked for. */
  readonly sharedBase?: string;
}

/** Builds the base image when it is absent, then the project's image when its tree has changed. */
export async function buildImages(
  session: Session,
  options: { readonly force: boolean; readonly pushBase: boolean },
): Promise<Built> {
  const base = await session.images.base();
  const image = await session.images.project({ force: options.force });
  const sharedBase = options.pushBase ? await session.images.pushBase(base) : undefined;
  return {
    image: image.reference,
    parityKey: image.parityKey,
    treeHash: image.treeHash,
    base: base.reference,
    ...(sharedBase !== undefined && { sharedBase }),
  };
}
