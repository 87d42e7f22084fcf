import { z } from "zod";
import { BASE_MATRIX } from "./base-matrix.js";

/** Names of projects, profiles and clusters. */
export const CLUSTER_NAME = /^[a-z][a-z0-9-]{0,39}$/;

const name = z
  .string()
  .regex(
    CLUSTER_NAME,
    "use lower-case letters, digits and dashes, starting with a letter, at most 40 characters",
  );

const bytes = z
  .string()
  .regex(/^\d+(\.\d+)?\s*([kmgt]i?b?)?$/i, 'write a size such as "512m" or "4g"')
  .describe('A size with its unit, such as "512m" or "4g" (powers of 1024).');

const versions = (key: "spark" | "python" | "java") =>
  z.enum([...new Set(BASE_MATRIX.map((row) => row[key]))] as [string, ...string[]]);

/** YAML reads 4.10 and 21 as numbers; a version is text. */
const versionText = z.union([z.string(), z.number()]).transform(String);

const base = z
  .strictObject({
    spark: versionText.pipe(versions("spark")).optional().describe("Spark version, from the tested matrix."),
    python: versionText
      .pipe(versions("python"))
      .optional()
      .describe("Python version, from the tested matrix."),
    java: versionText
      .pipe(versions("java"))
      .optional()
      .describe("JDK major version, from the tested matrix."),
    from: z
      .string()
      .optional()
      .describe("The Debian image the base is built from: your own mirror or a hardened base."),
    packages: z
      .array(
        z.string().regex(/^[^:\s]+:[^:\s]+:[^:\s]+$/, 'write Maven coordinates as "group:artifact:version"'),
      )
      .default([])
      .describe("Extra Maven packages, with what they depend on, for the driver and the executors."),
    keep: z
      .array(z.enum(["connect-repl", "hive", "kubernetes", "rocksdbjni", "scala-shell", "yarn", "zookeeper"]))
      .default([])
      .describe("Parts of Spark that the small image leaves out, to be kept."),
  })
  .prefault({});

const buildSettings = z
  .strictObject({
    network: z.string().optional().describe("Docker network for build steps, such as host."),
    ca: z.string().optional().describe("PEM file with the certificate authorities to trust while building."),
    pip: z.string().optional().describe("pip.conf to use while building."),
    maven: z.string().optional().describe("Maven settings.xml to use while building."),
    apt: z.string().optional().describe("apt.conf to use while building."),
    sources: z.string().optional().describe("apt sources file to use while building."),
  })
  .prefault({})
  .describe("How to reach packages while building. None of it ends up in the image.");

const image = z
  .strictObject({
    context: z
      .string()
      .default(".")
      .describe("The folder that is sent to the build, relative to the config file."),
    dockerfile: z.string().default("Dockerfile").describe("The Dockerfile, relative to the context."),
    platform: z
      .enum(["linux/amd64", "linux/arm64"])
      .optional()
      .describe("Build for this platform instead of the engine's own."),
    registry: z
      .string()
      .optional()
      .describe("Where base images are shared, such as registry.example.com/team."),
    args: z.record(z.string(), z.string()).default({}).describe("Build arguments for the Dockerfile."),
    base,
    build: buildSettings,
  })
  .prefault({});

const spark = z
  .strictObject({
    workload: z
      .enum(["sql", "python", "pandas"])
      .default("python")
      .describe(
        "Splits executor memory between the JVM and Python: sql .80, python .70, pandas .55 to the JVM.",
      ),
    conf: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
      .default({})
      .describe("Spark properties; they win over every default."),
  })
  .prefault({});

const storage = z
  .strictObject({
    s3: z
      .union([z.literal("embedded"), z.literal("aws"), z.url({ protocol: /^https?$/ })])
      .default("embedded")
      .describe("embedded: a local S3 server; aws: Amazon S3; or the URL of an S3-compatible server."),
    profile: z
      .string()
      .optional()
      .describe("AWS profile whose short-lived credentials jobs get (aws or a URL)."),
    region: z.string().default("us-east-1").describe("AWS region of the buckets."),
    eventLog: z
      .string()
      .regex(/^s3a:\/\/[^/]+(\/.*)?$/, "write an s3a:// address")
      .optional()
      .describe("Where Spark writes event logs; embedded S3 has s3a://spark-events/ by default."),
  })
  .prefault({});

const cluster = {
  provider: z.enum(["local"]).default("local").describe("Where the cluster runs."),
  workers: z.int().min(1).max(64).default(2).describe("Number of workers."),
  worker: z
    .strictObject({
      cores: z
        .int()
        .min(1)
        .optional()
        .describe("Cores of each worker; by default the engine's, shared evenly."),
      memory: bytes.optional().describe("Memory of each worker, a hard limit for everything on it."),
    })
    .prefault({}),
  driver: z
    .strictObject({ memory: bytes.default("1g").describe("Heap of the driver of each job.") })
    .prefault({}),
  readyTimeout: z.int().min(5).default(120).describe("Seconds to wait until all workers are registered."),
  image,
  spark,
  storage,
};

/** The keys that a profile may override: a profile is the top level again, without name and profiles. */
const profile = z.record(z.string(), z.unknown());

export const configSchema = z.strictObject({
  project: name.optional().describe("Name of the project; by default the folder's."),
  profiles: z
    .record(name, profile)
    .default({})
    .describe("Named variations: each may override any key of the top level."),
  ...cluster,
});

export type Config = Omit<z.output<typeof configSchema>, "profiles" | "project"> & {
  readonly project: string;
};
