import { z } from "zod";
import { aws } from "./aws-schema.js";
import { BASE_MATRIX } from "./base-matrix.js";
import { CLUSTER_NAME, tidyName } from "./names.js";
import { bytesBetween, filled, note, plainText, REGION_NOTES, region, versionText } from "./notes.js";
import { STATE_ADDRESS } from "./state-address.js";

// Compiling a section takes longer than the one or two times that it is used.
z.config({ jitless: true });

/** The Debian image that the base is built from where nothing else is named. */
export const DEFAULT_BASE_FROM = "debian:trixie-slim";

/** One machine is for trying things out. */
export const MOST_LOCAL_WORKERS = 64;

/** The heap of drivers on a laptop. */
export const DEFAULT_DRIVER_MEMORY = "1g";

/** Seconds; machines have to boot and to pull the image first. */
export const AWS_READY_TIMEOUT = 600;

/** Where the embedded S3 server keeps event logs when the config names no other place. */
export const DEFAULT_EVENT_LOG = "s3a://spark-events/logs";

const NAME = {
  expected: "lower-case letters, digits and dashes, starting with a letter, at most 40 characters",
  repair: tidyName,
};

const bytes = bytesBetween("512m", "64t");

const SIZE_NOTES = {
  expected: 'a size with its unit, from "512m" to "64t"',
  // A bare number of this magnitude can only mean this unit.
  repair: (wrong: string) => (/^\d+$/.test(wrong) ? `${wrong}${Number(wrong) < 512 ? "g" : "m"}` : wrong),
};

const baseVersion = (key: "spark" | "python" | "java", title: string) => {
  const tested = [...new Set(BASE_MATRIX.map((row) => row[key]))] as [string, ...string[]];
  return note(versionText.pipe(z.enum(tested)).optional(), {
    description: `${title} version; combinations that were not tested are refused.`,
    examples: [BASE_MATRIX[0][key]],
    fallback: BASE_MATRIX[0][key],
  });
};

const base = note(
  z
    .strictObject({
      spark: baseVersion("spark", "Spark"),
      python: baseVersion("python", "Python"),
      java: baseVersion("java", "JDK major"),
      from: note(z.string().regex(/^\S+$/).optional(), {
        description: "The Debian image the base is built from: your own mirror or a hardened base.",
        examples: ["mirror.example.com/debian:trixie-slim"],
        expected: "the name of an image",
        fallback: DEFAULT_BASE_FROM,
        variable: "PYSPARK_DEPLOY_BASE_FROM",
      }),
      packages: note(
        z
          .array(
            note(z.string().regex(/^[^:\s]+:[^:\s]+:[^:\s]+$/), {
              description: "Maven coordinates of one package.",
              examples: ["org.apache.spark:spark-avro_2.13:4.3.0"],
              expected: 'Maven coordinates, "group:artifact:version"',
            }),
          )
          .default([]),
        {
          description: "Extra Maven packages, with what they depend on, for the driver and the executors.",
          examples: [["org.apache.spark:spark-avro_2.13:4.3.0"]],
        },
      ),
      keep: note(
        z
          .array(
            z.enum(["connect-repl", "hive", "kubernetes", "rocksdbjni", "scala-shell", "yarn", "zookeeper"]),
          )
          .default([]),
        {
          description: "Parts of Spark that the small image leaves out, to be kept.",
          examples: [["hive"]],
        },
      ),
    })
    .prefault({}),
  { description: "What the base image is made of.", examples: [{ spark: BASE_MATRIX[0].spark }] },
);

const buildFile = (key: string, description: string, example: string) =>
  note(filled.optional(), {
    description,
    examples: [example],
    expected: "the path of a file",
    variable: `PYSPARK_DEPLOY_BUILD_${key.toUpperCase()}`,
  });

const buildSettings = note(
  z
    .strictObject({
      network: note(z.string().regex(/^\S+$/).optional(), {
        description: "Docker network of build steps.",
        examples: ["host"],
        expected: "the name of a Docker network",
        variable: "PYSPARK_DEPLOY_BUILD_NETWORK",
      }),
      ca: buildFile("ca", "PEM file with the certificate authorities to trust.", "certs/company-ca.pem"),
      pip: buildFile("pip", "`pip.conf` to use.", "mirrors/pip.conf"),
      maven: buildFile("maven", "Maven's `settings.xml` to use.", "mirrors/settings.xml"),
      apt: buildFile("apt", "`apt.conf` to use.", "mirrors/apt.conf"),
      sources: buildFile("sources", "apt sources file to use.", "mirrors/sources.list"),
    })
    .prefault({}),
  {
    description: "How to reach packages while building; none of it ends up in the image.",
    examples: [{ network: "host" }],
  },
);

const image = note(
  z
    .strictObject({
      context: note(filled.default("."), {
        description: "The folder that is sent to the build, relative to the config file.",
        examples: ["."],
        expected: "the path of a folder",
      }),
      dockerfile: note(filled.default("Dockerfile"), {
        description: "The Dockerfile, relative to the context.",
        examples: ["docker/Dockerfile"],
        expected: "the path of a file",
      }),
      platform: note(z.enum(["linux/amd64", "linux/arm64"]).optional(), {
        description: "Build for this platform instead of the engine's own.",
        examples: ["linux/amd64"],
        defaultNote: "the engine's",
      }),
      registry: note(
        z
          .string()
          .regex(/^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*\/*$/)
          .optional(),
        {
          description:
            "Where `build --push-base` puts the base image, and where builds look for it before they build.",
          examples: ["registry.example.com/team"],
          expected: "a registry's host, and a path where it has one, without https://",
          repair: (wrong) => wrong.replace(/^[a-z]+:\/\//i, "").toLowerCase(),
        },
      ),
      args: note(
        z
          .record(
            note(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), {
              description: "Name of a build argument.",
              examples: ["MODEL_VERSION"],
              expected: "the name of a build argument: letters, digits and _, not starting with a digit",
              repair: (wrong) => wrong.replace(/[^A-Za-z0-9_]/g, "_"),
            }),
            plainText,
          )
          .default({}),
        {
          description: "Build arguments for your Dockerfile.",
          examples: [{ MODEL_VERSION: "3" }],
          expected: "names and values of build arguments",
        },
      ),
      base,
      build: buildSettings,
    })
    .prefault({}),
  { description: "The image that everything runs in.", examples: [{ dockerfile: "Dockerfile" }] },
);

const spark = note(
  z
    .strictObject({
      workload: note(z.enum(["sql", "python", "pandas"]).default("python"), {
        description:
          "What jobs do most. Splits a worker's memory between the JVM and Python: sql .80, python .70, pandas .55 to the JVM.",
        examples: ["pandas"],
      }),
      conf: note(
        z
          .record(
            note(z.string().regex(/^spark\.\S+$/), {
              description: "Name of a Spark property.",
              examples: ["spark.sql.shuffle.partitions"],
              expected: 'the name of a Spark property, which starts with "spark."',
              repair: (wrong) => (wrong.startsWith("spark") ? wrong : `spark.${wrong}`),
            }),
            plainText,
          )
          .default({}),
        {
          description: "Spark properties; they win over every default.",
          examples: [{ "spark.sql.shuffle.partitions": 64 }],
          expected: 'properties and their values, with whole names such as "spark.sql.shuffle.partitions"',
        },
      ),
    })
    .prefault({}),
  { description: "How Spark runs.", examples: [{ workload: "pandas" }] },
);

const storage = note(
  z
    .strictObject({
      s3: note(
        z
          .union([
            z.literal("embedded"),
            z.literal("aws"),
            z.url({ protocol: /^https?$/ }).regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/i),
          ])
          .default("embedded"),
        {
          description:
            "`embedded`: a local S3 server; `aws`: Amazon S3; or the URL of an S3-compatible server.",
          examples: ["aws", "https://s3.example.com"],
          defaultNote: "`embedded`; with the provider `aws`, `aws`",
          expected: '"embedded", "aws" or the URL of an S3 server (http or https, without user and password)',
          repair: (wrong) =>
            /^[a-z0-9.-]+(\.[a-z]+|:\d+)$/i.test(wrong)
              ? `https://${wrong}`
              : wrong.replace(/^s3:/, "https:"),
        },
      ),
      profile: note(filled.optional(), {
        description: "AWS profile that jobs get short-lived credentials from (`aws` or a URL).",
        examples: ["research"],
        expected: "the name of an AWS profile",
      }),
      region: note(region.default("us-east-1"), {
        description: "AWS region of the buckets.",
        examples: ["eu-central-1"],
        defaultNote: "`us-east-1`; with the provider `aws`, `aws.region`",
        ...REGION_NOTES,
      }),
      eventLog: note(
        z
          .string()
          .regex(/^s3a:\/\/[^/\s]{3,}(\/.*)?$/)
          .optional(),
        {
          description: "Where Spark writes event logs; on your own S3 the prefix must exist.",
          examples: ["s3a://my-bucket/spark-events"],
          expected: "an s3a:// address of a bucket, or of a prefix in it",
          defaultNote: `\`${DEFAULT_EVENT_LOG}\` (embedded only)`,
          repair: (wrong) => wrong.replace(/^(s3n?:\/\/|\/*(?=[a-z0-9]))/i, "s3a://"),
        },
      ),
    })
    .prefault({}),
  { description: "Where data is.", examples: [{ s3: "embedded" }] },
);

const cluster = {
  provider: note(z.enum(["local", "aws"]).default("local"), {
    description: "Where clusters run: on this machine's Docker engine, or on AWS.",
    examples: ["local", "aws"],
  }),
  workers: note(z.int().min(1).max(1000).default(2), {
    description: `Number of workers; ${MOST_LOCAL_WORKERS} at most on local.`,
    examples: [2],
  }),
  worker: note(
    z
      .strictObject({
        cores: note(z.int().min(1).max(1024).optional(), {
          description: "Cores of each worker; with the provider `aws` the instance type decides.",
          examples: [2],
          defaultNote: "the engine's, shared evenly",
        }),
        memory: note(bytes.optional(), {
          description:
            "Memory of each worker: a hard limit for everything on it; with the provider `aws` the instance type decides.",
          examples: ["4g"],
          defaultNote: "60 % of what the engine can spare, shared evenly",
          ...SIZE_NOTES,
        }),
      })
      .prefault({}),
    { description: "Size of each worker.", examples: [{ cores: 2, memory: "4g" }] },
  ),
  driver: note(
    z
      .strictObject({
        memory: note(bytes.optional(), {
          description: "Heap of each job's driver; its container may use as much again, 2 GiB at least.",
          examples: ["2g"],
          defaultNote: `\`${DEFAULT_DRIVER_MEMORY}\`; with the provider \`aws\` a quarter of what the master has to spare`,
          ...SIZE_NOTES,
        }),
      })
      .prefault({}),
    { description: "Size of each job's driver.", examples: [{ memory: "2g" }] },
  ),
  readyTimeout: note(z.int().min(5).max(3600).default(120), {
    description: "Seconds to wait until all workers are registered.",
    examples: [120],
    defaultNote: `\`120\`; with the provider \`aws\`, \`${AWS_READY_TIMEOUT}\``,
  }),
  image,
  spark,
  storage,
  aws,
};

export const configSchema = z.strictObject({
  project: note(z.string().regex(CLUSTER_NAME).optional(), {
    description: "Names and labels everything of the project.",
    examples: ["flights"],
    defaultNote: "the folder's name",
    ...NAME,
  }),
  state: note(z.string().regex(STATE_ADDRESS).optional(), {
    description:
      "Where records of clusters on AWS, their locks and Terraform's state are kept: on S3 a team shares them.",
    examples: ["s3://my-bucket/pyspark-deploy"],
    expected: "the s3:// address of a bucket, or of a prefix in it",
    defaultNote: "`.pyspark-deploy` in the project's folder",
    repair: (wrong) =>
      wrong
        .trim()
        .replace(/^(s3[an]?:)?\/*/i, "s3://")
        .replace(/\/+$/, ""),
  }),
  ...cluster,
  profiles: note(
    z
      .record(
        note(z.string().regex(CLUSTER_NAME), {
          description: "Name of a profile.",
          examples: ["big"],
          ...NAME,
        }),
        note(z.strictObject(cluster), {
          description: "A variation: any key of the top level, without project, state and profiles.",
          examples: [{ workers: 6 }],
        }),
      )
      .default({}),
    {
      description: "Named variations: `create NAME` lets one override any key above.",
      examples: [{ big: { workers: 6 } }],
      expected: "names of profiles, each with the keys that it overrides",
    },
  ),
});

export type Config = Omit<z.output<typeof configSchema>, "profiles" | "project"> & {
  readonly project: string;
};
