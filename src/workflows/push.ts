import { Ecr } from "../adapters/aws/ecr.js";
import type { RegistryLogin } from "../adapters/docker/registry.js";
import type { PlannedImage } from "../plan/cluster-plan.js";
import { LABEL_PREFIX } from "../plan/identity.js";
import { pushTag, sharedProjectRepository } from "../plan/image-plan.js";
import { awsScope, ecrRepository } from "./aws-scope.js";
import type { Session } from "./session.js";

export interface Pushed {
  /** By digest: whoever pulls this gets these bytes. */
  readonly reference: string;
  readonly digest: string;
  /** The same for people. */
  readonly tagged: string;
  /** Of the ECR repository; undefined for another registry. */
  readonly repositoryArn?: string;
  readonly parityKey: string;
  readonly treeHash: string;
  /** True when the registry had it already. */
  readonly present: boolean;
}

/** Builds the project's image when its tree has changed, and puts it into its registry. */
export async function pushProject(session: Session): Promise<Pushed> {
  return pushImage(session, await session.images.project());
}

/**
 * Puts an image of the project into a registry: `image.registry`, with the user's own
 * `docker login`, else the account's ECR, where the repository is made on demand. Only missing layers travel.
 */
export async function pushImage(session: Session, image: PlannedImage): Promise<Pushed> {
  const { registry } = session.loaded.config.image;
  if (registry !== undefined)
    return pushTo(session, image, sharedProjectRepository(registry, session.project));

  const repository = ecrRepository(session);
  const ecr = new Ecr(awsScope(session));
  const { uri, arn } = await ecr.ensureRepository(repository, {
    ...session.loaded.config.aws.tags,
    [`${LABEL_PREFIX}project`]: session.project,
    [`${LABEL_PREFIX}version`]: session.context.version,
  });
  const tag = pushTag(image);
  const digest = await ecr.imageDigest(repository, tag);
  if (digest !== undefined)
    return { ...described(image, uri, tag, digest), repositoryArn: arn, present: true };
  return { ...(await pushTo(session, image, uri, await ecr.authorization())), repositoryArn: arn };
}

const described = (
  { parityKey, treeHash }: PlannedImage,
  repository: string,
  tag: string,
  digest: string,
) => ({
  reference: `${repository}@${digest}`,
  digest,
  tagged: `${repository}:${tag}`,
  parityKey,
  treeHash,
});

async function pushTo(
  { engine, context }: Session,
  image: PlannedImage,
  repository: string,
  login?: RegistryLogin,
): Promise<Pushed> {
  const tag = pushTag(image);
  const tagged = `${repository}:${tag}`;
  await engine.tag(image.reference, tagged);
  const digest = await context.report.step("push", `Pushing the image to ${repository}`, (step) =>
    engine.push(tagged, step.progress, login),
  );
  return { ...described(image, repository, tag, digest), present: false };
}
