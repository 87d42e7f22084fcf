import { z } from "zod";
import { assumedRole, companyNetwork } from "./aws-network-schema.js";
import { DURATION, isLifetime, LIFETIME, parseSeconds, repairLifetime } from "./duration.js";
import { bytesBetween, filled, note, plainText, REGION_NOTES, region } from "./notes.js";

const ttl = z
  .string()
  .regex(DURATION)
  // What is no duration has been said by then.
  .refine((text) => Number.isNaN(parseSeconds(text)) || isLifetime(text));

/** "m7i.2xlarge", "u-6tb1.metal", "m7i-flex.large", "r7iz.metal-16xl". */
const instanceType = note(z.string().regex(/^[a-z][a-z0-9-]*\.[a-z0-9]+(-[a-z0-9]+)?$/), {
  description: "Name of an instance type.",
  examples: ["m7i.2xlarge"],
  expected: 'the name of an instance type, such as "m7i.2xlarge"',
  repair: (wrong) =>
    wrong
      .trim()
      .toLowerCase()
      .replace(/[\s_]+/g, "."),
});

const typeList = (who: string, defaultNote: string, example: readonly string[]) =>
  note(z.array(instanceType).min(1).max(20).optional(), {
    description: `Instance types of ${who}, in order of preference: the next one is tried where AWS has no capacity.`,
    examples: [example],
    expected: "a list of 1 to 20 instance types",
    defaultNote,
  });

const id = (prefix: string, description: string, what: string) =>
  note(z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`)), {
    description,
    examples: [`${prefix}-0123456789abcdef0`],
    expected: `the id of ${what}, such as "${prefix}-0123456789abcdef0"`,
  });

const octet = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const cidr = note(z.string().regex(new RegExp(`^${octet}(\\.${octet}){3}/(3[0-2]|[12]?\\d)$`)), {
  description: "A range of IPv4 addresses.",
  examples: ["203.0.113.0/24"],
  expected: 'a range of IPv4 addresses, such as "203.0.113.0/24"',
  repair: (wrong) => `${wrong.trim()}/32`,
});

const sshKey = note(
  z
    .string()
    .regex(
      /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{40,}={0,3}( [^\r\n]*)?$/,
    ),
  {
    description: "A public key in OpenSSH's format.",
    examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExamplePublicKeyOfATeammateForTheDocs ann"],
    expected: 'one line of a .pub file, such as "ssh-ed25519 AAAA… ann"',
    repair: (wrong) => wrong.trim(),
  },
);

const bucket = note(z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^/\s*?][^\s*?]*)?$/), {
  description: "A bucket, or a prefix in it.",
  examples: ["my-bucket/data"],
  expected: 'a bucket, or a bucket and a prefix, such as "my-bucket/data"',
  repair: (wrong) =>
    wrong
      .trim()
      .replace(/^[a-z0-9]+:\/\//i, "")
      .replace(/\/\*?$/, ""),
});

const volume = note(
  z
    .strictObject({
      size: note(bytesBetween("30g", "16t").default("100g"), {
        description:
          "Size of each node's root disk, where Spark spills unless the instance type has disks of its own.",
        examples: ["200g"],
        expected: 'a size with its unit, from "30g" to "16t"',
        repair: (wrong) => (/^\d+$/.test(wrong) ? `${wrong}g` : wrong),
      }),
      throughput: note(z.int().min(125).max(1000).default(250), {
        description: "Its throughput in MiB/s; 125 are in the price of the disk.",
        examples: [500],
      }),
      iops: note(z.int().min(3000).max(16_000).default(3000), {
        description: "Its I/O operations per second; 3000 are in the price of the disk.",
        examples: [6000],
      }),
    })
    .prefault({}),
  { description: "The root disk (gp3) of every node.", examples: [{ size: "200g" }] },
);

export const aws = note(
  z
    .strictObject({
      region: note(region.optional(), {
        description: "AWS region of the cluster.",
        examples: ["eu-central-1"],
        variable: "AWS_REGION",
        ...REGION_NOTES,
      }),
      profile: note(filled.optional(), {
        description: "AWS profile whose credentials make the cluster.",
        examples: ["research"],
        expected: "the name of an AWS profile",
        defaultNote: "the usual places: environment, default profile, SSO",
      }),
      ...assumedRole,
      zones: note(
        z
          .array(
            note(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)+[a-z]$/), {
              description: "Name of an availability zone.",
              examples: ["eu-central-1a"],
              expected: 'the name of an availability zone, such as "eu-central-1a"',
            }),
          )
          .max(10)
          .default([]),
        {
          description: "Availability zones to try, in this order; a cluster lies in one zone.",
          examples: [["eu-central-1a", "eu-central-1b"]],
          defaultNote: "those that offer the instance types",
        },
      ),
      masterTypes: typeList(
        "the master, where jobs' drivers run",
        "`m7i.xlarge` and alike; `m7g.xlarge` and alike for an arm64 image",
        ["m7i.xlarge", "m6i.xlarge"],
      ),
      workerTypes: typeList(
        "the workers",
        "`m7i.2xlarge` and alike; `m7g.2xlarge` and alike for an arm64 image",
        ["m7i.2xlarge", "m6i.2xlarge"],
      ),
      market: note(z.enum(["on-demand", "spot"]).default("on-demand"), {
        description:
          "How the workers are bought: spot machines cost less, and AWS takes them back with two minutes' notice; where it has none, on-demand ones are launched. The master is always on demand.",
        examples: ["spot"],
      }),
      ttl: note(ttl.default("8h"), {
        description:
          "After this time the nodes end themselves, whatever became of this machine; `extend` moves the deadline.",
        examples: ["90m", "8h", "2d"],
        expected: LIFETIME,
        repair: repairLifetime,
      }),
      ami: note(
        z
          .string()
          .regex(/^ami-[0-9a-f]{8,17}$/)
          .optional(),
        {
          description: "Machine image of the nodes: needs systemd, cloud-init and Docker.",
          examples: ["ami-0123456789abcdef0"],
          expected: 'the id of an AMI, such as "ami-0123456789abcdef0"',
          defaultNote: "the newest Amazon Linux 2023 for ECS",
        },
      ),
      volume,
      vpc: note(
        z
          .string()
          .regex(/^vpc-[0-9a-f]{8,17}$/)
          .optional(),
        {
          description: "An existing VPC, which is used instead of making one.",
          examples: ["vpc-0123456789abcdef0"],
          expected: 'the id of a VPC, such as "vpc-0123456789abcdef0"',
          defaultNote: "one is made for the cluster",
        },
      ),
      subnets: note(
        z
          .array(id("subnet", "A subnet of the VPC.", "a subnet"))
          .max(20)
          .default([]),
        {
          description: "Subnets of that VPC, one for each zone to be tried, in this order.",
          examples: [["subnet-0123456789abcdef0"]],
        },
      ),
      securityGroups: note(
        z
          .array(id("sg", "A security group of the VPC.", "a security group"))
          .max(5)
          .default([]),
        {
          description: "Security groups of that VPC, which are used instead of making one.",
          examples: [["sg-0123456789abcdef0"]],
        },
      ),
      private: note(z.boolean().default(false), {
        description:
          "No public addresses: this machine must reach the subnets (VPN, or bastion), and they must reach AWS (NAT or endpoints).",
        examples: [true],
        expected: "true or false",
      }),
      ...companyNetwork,
      sshFrom: note(z.array(cidr).max(20).default([]), {
        description: "Addresses that may connect by SSH.",
        examples: [["203.0.113.0/24"]],
        defaultNote: "this machine's own; with `private` those of the VPC",
      }),
      sshKeys: note(z.array(sshKey).max(50).default([]), {
        description:
          "Public SSH keys of teammates, which every node takes at boot; without one EC2 Instance Connect lets them in.",
        examples: [["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExamplePublicKeyOfATeammateForTheDocs ann"]],
      }),
      instanceProfile: note(
        z
          .string()
          .regex(/^[\w+=,.@-]{1,128}$/)
          .optional(),
        {
          description: "Name of an existing instance profile, which is used instead of making one.",
          examples: ["spark-nodes"],
          expected: "the name of an instance profile, not its ARN",
          defaultNote: "one is made, with access to `buckets` alone",
          repair: (wrong) => wrong.replace(/^arn:.*\//, ""),
        },
      ),
      permissionsBoundary: note(
        z
          .string()
          .regex(/^arn:[a-z-]+:iam::(\d{12}|aws):policy\/\S+$/)
          .optional(),
        {
          description: "ARN of the policy that bounds the role that is made.",
          examples: ["arn:aws:iam::123456789012:policy/boundary"],
          expected: "the ARN of an IAM policy",
        },
      ),
      tags: note(
        z
          .record(
            note(z.string().regex(/^(?!aws:|pyspark-deploy:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u), {
              description: "Key of a tag.",
              examples: ["cost-center"],
              expected:
                'the key of a tag: letters, digits, blanks and _ . : / = + - @, not starting with "aws:" or "pyspark-deploy:"',
            }),
            note(plainText.pipe(z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u)), {
              description: "Value of a tag.",
              examples: ["1234"],
              expected: "the value of a tag: letters, digits, blanks and _ . : / = + - @, at most 256",
            }),
          )
          .default({}),
        {
          description: "Tags of everything that is made, beside those of pyspark-deploy.",
          examples: [{ "cost-center": "1234" }],
          expected: "keys and values of tags",
        },
      ),
      buckets: note(z.array(bucket).max(50).default([]), {
        description: "Buckets, or prefixes in them, that jobs may read and write.",
        examples: [["my-bucket", "shared/data/2026"]],
      }),
      configureBy: note(z.enum(["auto", "push", "boot"]).default("auto"), {
        description:
          "Who runs the Ansible role when a cluster is made: this machine by SSH (push), or each node by itself at its boot, with what it finds below `state` on S3 (boot).",
        examples: ["boot"],
        defaultNote: "`boot` for many workers where `state` is on S3, else `push`",
      }),
      repository: note(
        z
          .string()
          .regex(/^(?!.*\.amazonaws\.)[a-z0-9]+([._-][a-z0-9]+)*(\/[a-z0-9]+([._-][a-z0-9]+)*)*$/)
          .optional(),
        {
          description: "ECR repository of the project's image; made when it does not exist.",
          examples: ["team/flights"],
          expected: "the name of an ECR repository: lower-case letters, digits and . _ - /",
          defaultNote: "`pyspark-deploy/PROJECT`",
          repair: (wrong) => wrong.toLowerCase().replace(/^.*\.amazonaws\.com\//, ""),
        },
      ),
    })
    .prefault({}),
  { description: "Clusters of the provider `aws`.", examples: [{ region: "eu-central-1" }] },
);
