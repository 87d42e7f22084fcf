import type { AwsScope } from "../adapters/aws/client.js";
import { roleToTake } from "../config/role.js";
import type { Session } from "./session.js";

/** Where the profile's clusters on AWS are, and as whom they are asked for. */
export function awsScope({ loaded, context }: Session): AwsScope {
  const { aws, storage } = loaded.config;
  const { region = storage.region, profile } = aws;
  const role = roleToTake(aws);
  return { region, signal: context.signal, ...(profile !== undefined && { profile }), ...(role && { role }) };
}

/** The ECR repository that holds the project's images. */
export const ecrRepository = ({ loaded, project }: Session): string =>
  loaded.config.aws.repository ?? `pyspark-deploy/${project}`;
