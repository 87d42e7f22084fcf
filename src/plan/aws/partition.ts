/**
 * AWS's partition of a region, which its ARNs begin with; undefined where only AWS can tell. China and GovCloud have regions,
 * accounts and endpoints of their own (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html).
 */
export function partitionOf(region: string): "aws" | "aws-cn" | "aws-us-gov" | undefined {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  // Isolated regions (us-iso-east-1, eu-isoe-west-1) have several partitions more.
  return /^[a-z]{2}-iso/.test(region) ? undefined : "aws";
}
