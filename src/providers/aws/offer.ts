import type { AwsScope } from "../../adapters/aws/client.js";
import { Ec2 } from "../../adapters/aws/ec2.js";
import { ownAddress } from "../../adapters/aws/identity.js";
import { existingNetwork } from "../../adapters/aws/network.js";
import { latestAmi } from "../../adapters/aws/ssm.js";
import type { Config } from "../../config/schema.js";
import type { Context } from "../../context.js";
import type { CloudOffer } from "../../plan/aws/aws-plan.js";
import type { Architecture } from "../../plan/aws/shapes.js";
import { typesToAsk } from "../../plan/aws/types.js";

/** What AWS has of what the config asks for. */
export async function askCloud(
  config: Config,
  architecture: Architecture,
  scope: AwsScope,
): Promise<CloudOffer> {
  const ec2 = new Ec2(scope);
  const { masterTypes, workerTypes } = typesToAsk(config, architecture);
  const types = [...new Set([...masterTypes, ...workerTypes])];
  const { ami: named, vpc, subnets } = config.aws;
  const [offerings, ami, network] = await Promise.all([
    ec2.offerings(types),
    Promise.resolve(named ?? latestAmi(scope, architecture)).then((id) => ec2.amiFacts(id)),
    vpc === undefined ? undefined : existingNetwork(scope, vpc, subnets),
  ]);
  // EC2 refuses the whole question when the region does not know one of the types.
  const offered = types.filter((type) => (offerings.get(type) ?? []).length > 0);
  const shapes = offered.length > 0 ? await ec2.instanceShapes(offered) : new Map();
  return { shapes, offerings, ami, ...(network && { network }) };
}

/** From where SSH is allowed: the config's networks, else this machine's own address alone; none for private nodes. */
export async function sshNetworks(
  { aws }: Config,
  { env, signal }: Pick<Context, "env"> & Pick<AwsScope, "signal">,
): Promise<readonly string[]> {
  if (aws.sshFrom.length > 0) return aws.sshFrom;
  // The internet sees another address of this machine than a private network does, or none.
  if (aws.private) return [];
  return [`${await ownAddress(env.PYSPARK_DEPLOY_ADDRESS_URL, signal)}/32`];
}
