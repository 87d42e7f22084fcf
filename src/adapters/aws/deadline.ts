import { chunks } from "./chunks.js";
import type { AwsScope } from "./client.js";
import { Ec2, ec2Service } from "./ec2.js";
import { DEADLINE_TAG } from "./tags.js";

/** The most that one CreateTags takes. */
const RESOURCES_PER_CALL = 1000;

/** Writes when a cluster ends (ISO 8601, UTC) onto its instances, where `list` reads it from every machine. */
export async function setDeadlineTag(scope: AwsScope, clusterId: string, deadline: string): Promise<void> {
  const instances = await new Ec2(scope).clusterInstances({ clusterId });
  for (const some of chunks(instances, RESOURCES_PER_CALL))
    await ec2Service(scope).call("CreateTags", ({ client, sdk, options }) =>
      client.send(
        new sdk.CreateTagsCommand({
          Resources: some.map(({ id }) => id),
          Tags: [{ Key: DEADLINE_TAG, Value: deadline }],
        }),
        options,
      ),
    );
}
