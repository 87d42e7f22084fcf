import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { vi } from "vitest";
import { S3SharedObjects } from "../../src/adapters/aws/shared-objects.js";
import { AwsApi } from "./aws-api.js";

const REGION = "us-east-1";

/** Makes a bucket on the S3 server that the environment names. */
export async function makeBucket(bucket: string): Promise<void> {
  const s3 = new S3Client({ region: REGION, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
}

/** A team's state below a prefix of a bucket of that server. */
export const stateIn = (bucket: string, prefix: string): S3SharedObjects =>
  new S3SharedObjects({ region: REGION }, { bucket, prefix }, process.env);

/** A simulated AWS without hosts that has a team's bucket; the environment names it until `vi.unstubAllEnvs`. */
export async function startTeam(bucket: string): Promise<AwsApi> {
  const api = await AwsApi.start({ terminationSeconds: 0 });
  for (const [name, value] of Object.entries(api.env)) vi.stubEnv(name, value);
  await makeBucket(bucket);
  return api;
}
