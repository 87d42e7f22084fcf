import type { AwsScope } from "./client.js";
import { ec2Service } from "./ec2.js";

/** The names of all regions that the account may use, sorted. */
export async function enabledRegions(scope: AwsScope): Promise<string[]> {
  const { Regions = [] } = await ec2Service(scope).call("DescribeRegions", ({ client, sdk, options }) =>
    client.send(new sdk.DescribeRegionsCommand({}), options),
  );
  return Regions.map(({ RegionName = "" }) => RegionName).sort();
}
