import { partitionOf } from "../plan/aws/partition.js";
import { yamlLine } from "./example.js";
import type { LenientConfig } from "./layers.js";
import type { Contradiction } from "./rules.js";
import { MOST_LOCAL_WORKERS } from "./schema.js";
import { parseBytes } from "./size.js";

type Lenient = LenientConfig["config"];

const SUBNET = "subnet-0123456789abcdef0";
const NETWORK = yamlLine(["aws"], { vpc: "vpc-0123456789abcdef0", subnets: [SUBNET] });

function localRules({ provider, workers }: Lenient): Contradiction[] {
  if (provider !== "local" || workers <= MOST_LOCAL_WORKERS) return [];
  return [
    {
      path: ["workers"],
      with: ["provider"],
      message: `${workers} workers are too many for one machine; ${MOST_LOCAL_WORKERS} at most run on local`,
      fix: `for example: ${yamlLine(["workers"], 2)}; up to 1000 run on AWS: provider: aws`,
    },
  ];
}

function placeRules({ aws: { region, zones, subnets } }: Lenient): Contradiction[] {
  if (region === undefined) {
    return [
      {
        path: ["provider"],
        with: ["aws", "region"],
        message: "a cluster on AWS needs a region",
        fix: `add, for example: ${yamlLine(["aws", "region"], "eu-central-1")} (or for the whole machine: export AWS_REGION=eu-central-1)`,
      },
    ];
  }
  const elsewhere = zones.find((zone) => !zone.startsWith(region));
  return [
    ...(elsewhere === undefined
      ? []
      : [
          {
            path: ["aws", "zones"],
            with: ["aws", "region"],
            message: `${elsewhere} is no zone of ${region}`,
            fix: `for example: ${yamlLine(["aws"], { region, zones: [`${region}a`] })}`,
          },
        ]),
    ...(zones.length > 0 && subnets.length > 0
      ? [
          {
            path: ["aws", "zones"],
            with: ["aws", "subnets"],
            message: "subnets lie in zones of their own, so no others can be asked for",
            fix: "delete zones, and order the subnets as they should be tried",
          },
        ]
      : []),
  ];
}

/** What describes this machine and its engine means nothing for machines of AWS. */
function machineRules({ storage, worker }: Lenient): Contradiction[] {
  return [
    ...(storage.s3 === "embedded"
      ? [
          {
            path: ["storage", "s3"],
            with: ["provider"],
            message: "the embedded S3 server is for clusters on local",
            fix: `on AWS use S3: ${yamlLine(["storage", "s3"], "aws")}`,
          },
        ]
      : []),
    ...(["cores", "memory"] as const)
      .filter((key) => worker[key] !== undefined)
      .map((key) => ({
        path: ["worker", key],
        with: ["provider"],
        message: "on AWS the instance type decides it",
        fix: `delete it, and choose the type, for example: ${yamlLine(["aws", "workerTypes"], ["m7i.2xlarge"])}`,
      })),
  ];
}

function networkRules({
  aws: { vpc, subnets, securityGroups, private: isPrivate, bastion },
}: Lenient): Contradiction[] {
  const needs = (key: string, what: string): Contradiction => ({
    path: ["aws", key],
    message: what,
    fix: `for example: ${NETWORK}`,
  });
  return [
    ...(isPrivate && subnets.length === 0
      ? [needs("private", "nodes without public addresses need your own subnets, which this machine reaches")]
      : []),
    ...(bastion !== undefined && !isPrivate
      ? [
          {
            path: ["aws", "bastion"],
            with: ["aws", "private"],
            message: "a bastion leads to private addresses, and the nodes have public ones",
            fix: `for example: ${yamlLine(["aws"], { vpc: "vpc-0123456789abcdef0", subnets: [SUBNET], private: true, bastion })}`,
          },
        ]
      : []),
    ...(subnets.length > 0 && vpc === undefined
      ? [needs("subnets", "subnets need the vpc that they lie in")]
      : []),
    ...(securityGroups.length > 0 && vpc === undefined
      ? [needs("securityGroups", "security groups need the vpc that they belong to")]
      : []),
    ...(vpc !== undefined && subnets.length === 0
      ? [needs("vpc", "an existing vpc needs subnets, one for each zone to be tried")]
      : []),
  ];
}

/** Limits of gp3: 0.25 MiB/s for each I/O operation per second, and 500 of these for each GiB. */
function volumeRules({ aws: { volume } }: Lenient): Contradiction[] {
  const needed = volume.throughput * 4;
  const most = (parseBytes(volume.size) / 1024 ** 3) * 500;
  return [
    ...(volume.iops < needed
      ? [
          {
            path: ["aws", "volume", "throughput"],
            with: ["aws", "volume", "iops"],
            message: `${volume.throughput} MiB/s need ${needed} I/O operations per second, and iops is ${volume.iops}`,
            fix: `for example: ${yamlLine(["aws", "volume"], { throughput: volume.throughput, iops: needed })}`,
          },
        ]
      : []),
    ...(volume.iops > most
      ? [
          {
            path: ["aws", "volume", "iops"],
            with: ["aws", "volume", "size"],
            message: `a disk of ${volume.size} has ${Math.floor(most)} I/O operations per second at most`,
            fix: `for example: ${yamlLine(["aws", "volume"], { size: "100g", iops: volume.iops })}`,
          },
        ]
      : []),
  ];
}

/** What only means something for a role that is taken. */
function sessionRules({ aws }: Lenient): Contradiction[] {
  if (aws.assumeRole !== undefined) return [];
  return (["externalId", "sessionName"] as const)
    .filter((key) => aws[key] !== undefined)
    .map((key) => ({
      path: ["aws", key],
      with: ["aws", "assumeRole"],
      message: "no role is named that it would be for",
      fix: `add, for example: ${yamlLine(["aws", "assumeRole"], "arn:aws:iam::123456789012:role/spark-clusters")}; or delete it`,
    }));
}

/** Partitions share neither accounts nor regions. */
function partitionRules({ aws: { region, assumeRole, permissionsBoundary } }: Lenient): Contradiction[] {
  if (region === undefined) return [];
  const partition = partitionOf(region);
  return Object.entries({ assumeRole, permissionsBoundary })
    .filter(([, arn]) => arn !== undefined && partition !== undefined && arn.split(":")[1] !== partition)
    .map(([key, arn = ""]) => ({
      path: ["aws", key],
      with: ["aws", "region"],
      message: `${region} is in AWS's partition "${partition}", and the ARN in "${arn.split(":")[1]}"`,
      fix: `for example: ${yamlLine(["aws", key], arn.replace(/^arn:[a-z-]+:/, `arn:${partition}:`))}`,
    }));
}

function roleRules({ aws: { instanceProfile, permissionsBoundary } }: Lenient): Contradiction[] {
  if (instanceProfile === undefined || permissionsBoundary === undefined) return [];
  return [
    {
      path: ["aws", "permissionsBoundary"],
      with: ["aws", "instanceProfile"],
      message: "the existing instance profile has a role already, so none is made that could be bounded",
      fix: "delete one of the two",
    },
  ];
}

const AWS_RULES = [
  placeRules,
  machineRules,
  networkRules,
  volumeRules,
  roleRules,
  sessionRules,
  partitionRules,
];

/** What of a config does not go with its provider. */
export function providerRules(config: Lenient): Contradiction[] {
  return config.provider === "aws" ? AWS_RULES.flatMap((rule) => rule(config)) : localRules(config);
}
