import { ExitCode, UserError } from "../../errors.js";
import type { AwsScope } from "./client.js";
import { ec2Service } from "./ec2.js";

/**
 * The zone of each of these subnets.
 * @throws UserError (exit code 2) when one of them lies in another VPC; (4) when AWS refuses or does not know one.
 */
export async function subnetZones(
  scope: AwsScope,
  vpc: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { Subnets = [] } = await ec2Service(scope).call("DescribeSubnets", ({ client, sdk, options }) =>
    client.send(new sdk.DescribeSubnetsCommand({ SubnetIds: [...ids] }), options),
  );
  const stray = Subnets.find(({ VpcId }) => VpcId !== vpc);
  if (stray) {
    throw new UserError({
      exitCode: ExitCode.usage,
      message: `${stray.SubnetId} lies in ${stray.VpcId}, and aws.vpc is ${vpc}.`,
      hint: `See the subnets of the VPC: aws ec2 describe-subnets --region ${scope.region} --filters Name=vpc-id,Values=${vpc}`,
    });
  }
  return new Map(Subnets.map(({ SubnetId = "", AvailabilityZone = "" }) => [SubnetId, AvailabilityZone]));
}
