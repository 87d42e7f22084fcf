import type { AwsScope } from "../adapters/aws/client.js";
import type { Session } from "./session.js";

/** Where the project's clusters on AWS are, and as whom they are asked for. */
export function awsScope({ loaded, context: { env, signal } }: Session): AwsScope {
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? loaded.config.storage.region;
  return { region, signal };
}

/** The ECR repository that holds the project's images. */
export const ecrRepository = ({ project }: Session): string => `pyspark-deploy/${project}`;
