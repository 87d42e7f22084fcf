import { warnAboutDisk } from "./preflight.js";
import type { Session } from "./session.js";

export interface Built {
  readonly image: string;
  readonly parityKey: string;
  readonly treeHash: string;
  readonly base: string;
  /** The local S3 server's image, where the config asks for one. */
  readonly s3?: string;
  /** Where the base image was pushed, when that was asked for. */
  readonly sharedBase?: string;
}

/** Builds the base image when it is absent, then the project's image when its tree has changed. */
export async function buildImages(
  session: Session,
  options: { readonly force: boolean; readonly pushBase: boolean },
): Promise<Built> {
  const { images, loaded } = session;
  const embedded = loaded.config.storage.s3 === "embedded";
  await images.lookAhead({ s3: embedded });
  if ((await images.builtBase()) === undefined) await warnAboutDisk(session);
  const base = await images.base();
  const image = await images.project({ force: options.force });
  const s3 = embedded ? await images.s3() : undefined;
  const sharedBase = options.pushBase ? await images.pushBase(base) : undefined;
  return {
    image: image.reference,
    parityKey: image.parityKey,
    treeHash: image.treeHash,
    base: base.reference,
    ...(s3 !== undefined && { s3 }),
    ...(sharedBase !== undefined && { sharedBase }),
  };
}
