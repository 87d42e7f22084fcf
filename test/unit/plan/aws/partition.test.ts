import { expect, it } from "vitest";
import { dnsSuffix } from "../../../../src/plan/aws/network.js";
import { partitionOf } from "../../../../src/plan/aws/partition.js";

it.each([
  ["eu-central-1", "aws", "amazonaws.com"],
  ["us-east-1", "aws", "amazonaws.com"],
  ["il-central-1", "aws", "amazonaws.com"],
  ["cn-north-1", "aws-cn", "amazonaws.com.cn"],
  ["cn-northwest-1", "aws-cn", "amazonaws.com.cn"],
  ["us-gov-west-1", "aws-us-gov", "amazonaws.com"],
  ["us-iso-east-1", undefined, "amazonaws.com"],
  ["eu-isoe-west-1", undefined, "amazonaws.com"],
])("%s is in the partition %s, with endpoints below %s", (region, partition, suffix) => {
  expect(partitionOf(region)).toBe(partition);
  expect(dnsSuffix(region)).toBe(suffix);
});
