import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { configFolder, userError } from "../../support/config.js";

interface Bad {
  readonly kind: string;
  readonly yaml: string | Uint8Array;
  /** line:column of the mistake. */
  readonly at: string;
  readonly says: string;
  /** The likely meaning, or what a right value looks like. */
  readonly hint: string;
  readonly profile?: string;
  readonly env?: Record<string, string>;
}

const bytes = (...parts: readonly (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))));

// biome-ignore format: a table.
const SYNTAX: readonly Bad[] = [
  { kind: "tab as indentation", yaml: "worker:\n\tcores: 2\n", at: "2:1", says: "a tab", hint: "indent with spaces" },
  { kind: "unclosed bracket", yaml: "image:\n  base:\n    keep: [hive\n", at: "4:1", says: "bracket that is opened is not closed", hint: "keep: [hive]" },
  { kind: "unclosed quote", yaml: 'project: "flights\n', at: "2:1", says: "quote that is opened is not closed", hint: 'region: "us-east-1"' },
  { kind: "colon in a value", yaml: "project: a: b\n", at: "1:10", says: "its value has a colon", hint: "in quotes" },
  { kind: "indented too far", yaml: "workers: 2\n  project: x\n", at: "1:10", says: "indented too far", hint: "same column" },
  { kind: "uneven indentation", yaml: "worker:\n    cores: 2\n  memory: 4g\n", at: "3:1", says: "same column", hint: "two spaces for each level" },
  { kind: "no space after the colon", yaml: "workers:2\nproject: x\n", at: "1:1", says: "no space after the colon", hint: "workers: 2" },
  { kind: "only one key, no space", yaml: "workers:2\n", at: "1:1", says: "no space after the colon", hint: "workers: 2" },
  { kind: "no key at all", yaml: "workers: 2\nthree workers\n", at: "2:1", says: '"key: value"', hint: "workers: 2" },
  { kind: "bare variable within braces", yaml: "storage: {s3: ${S3}}\n", at: "1:16", says: "needs quotes", hint: '"${AWS_PROFILE:-research}"' },
  { kind: "reserved character", yaml: "project: @home\n", at: "1:10", says: "can't start with this character", hint: "in quotes" },
  { kind: "bad escape", yaml: 'image: {dockerfile: "a\\q"}\n', at: "1:23", says: "no such escape sequence", hint: "single quotes" },
  { kind: "two documents", yaml: "workers: 2\n---\nworkers: 3\n", at: "2:1", says: "second document", hint: "profiles" },
  { kind: "unknown tag", yaml: "workers: !count 2\n", at: "1:10", says: "no such tag", hint: "workers: 2" },
  { kind: "binary tag", yaml: "project: !!binary aGk=\n", at: "1:19", says: "a value is text", hint: "leave the tag out" },
  { kind: "nested without end", yaml: `image: ${"[".repeat(5000)}`, at: "1:", says: "nested too deeply", hint: "four levels" },
  { kind: "anchor that is not there", yaml: "worker: *size\n", at: "1:9", says: "*size refers to an anchor", hint: "&size" },
  { kind: "merge key", yaml: "worker: &w {cores: 2}\ndriver:\n  <<: *w\n", at: "3:3", says: '"<<" does not merge', hint: "profiles: {big: {workers: 6}}" },
  { kind: "alias bomb", yaml: `spark:\n  conf:\n    spark.a: &a [x,x,x,x,x,x,x,x,x,x]\n${"bcdefg".replace(/./g, (name) => `    spark.${name}: &${name} [${Array.from({ length: 10 }, () => `*${String.fromCharCode(name.charCodeAt(0) - 1)}`)}]\n`)}`, at: "3:", says: "aliases repeat too many", hint: "write the values out" },
  { kind: "alias of itself", yaml: "worker: &w\n  cores: *w\n", at: "2:", says: "nested too deeply", hint: "write the values out" },
  { kind: "list as a config", yaml: "- workers: 2\n", at: "1:1", says: "not a list", hint: "workers: 2" },
  { kind: "single value as a config", yaml: "42\n", at: "1:1", says: "not a single value", hint: "workers: 2" },
  { kind: "key that is no word", yaml: "? [a]\n: 1\n", at: "1:3", says: "a key is a word", hint: "workers: 2" },
  { kind: "key of JavaScript's own", yaml: "spark: {conf: {__proto__: {a: 1}}}\n", at: "1:16", says: "a key is a word", hint: "workers: 2" },
  { kind: "duplicate key", yaml: "workers: 2\nproject: x\nworkers: 3\n", at: "3:1", says: "workers is set twice; the first is on line 1", hint: "keep one" },
  { kind: "duplicate key further down", yaml: "worker:\n  cores: 2\n  cores: 3\n", at: "3:3", says: "worker.cores is set twice; the first is on line 2", hint: "keep one" },
  { kind: "not UTF-8", yaml: bytes("workers: 2\nproject: caf", 0xe9, "\n"), at: "2:13", says: "not UTF-8", hint: "iconv" },
  { kind: "UTF-16", yaml: bytes(0xff, 0xfe, "w", 0), at: "1:1", says: "UTF-16", hint: "iconv -f UTF-16" },
  { kind: "control character", yaml: "workers: 2\nproject: a\u0000b\n", at: "2:11", says: "control character (0x00)", hint: "delete it" },
  { kind: "far too large", yaml: `# ${"x".repeat(300_000)}\n`, at: "1:1", says: "300003 bytes", hint: "--config" },
];

// biome-ignore format: a table.
const KEYS: readonly Bad[] = [
  { kind: "misspelt key", yaml: "wokers: 3\n", at: "1:1", says: 'unknown key "wokers"', hint: "did you mean workers? for example: workers: 2" },
  { kind: "misspelt key after a byte order mark", yaml: "\uFEFFwokers: 3\n", at: "1:1", says: 'unknown key "wokers"', hint: "workers" },
  { kind: "misspelt key in a section", yaml: "storage:\n  regoin: x\n", at: "2:3", says: 'unknown key "storage.regoin"', hint: "did you mean storage.region?" },
  { kind: "misspelt key three levels down", yaml: "image:\n  base:\n    pakages: []\n", at: "3:5", says: 'unknown key "image.base.pakages"', hint: "image: {base: {packages:" },
  { kind: "misspelt key in a profile that does not apply", yaml: "profiles:\n  big:\n    wrkers: 2\n", at: "3:5", says: 'unknown key "profiles.big.wrkers"', hint: "profiles.big.workers" },
  { kind: "upper case", yaml: "Workers: 2\n", at: "1:1", says: 'unknown key "Workers"', hint: "did you mean workers?" },
  { kind: "key of another section", yaml: "memory: 4g\n", at: "1:1", says: 'unknown key "memory"', hint: "did you mean worker.memory? for example: worker: {memory: 4g}" },
  { kind: "dotted key", yaml: "worker.cores: 2\n", at: "1:1", says: 'unknown key "worker.cores"', hint: "nested, for example: worker: {cores: 2}" },
  { kind: "key like nothing there is", yaml: "worker: {xylophone: 2}\n", at: "1:10", says: 'unknown key "worker.xylophone"', hint: "the keys here are: cores, memory" },
  { kind: "project in a profile", yaml: "profiles: {big: {project: x}}\n", at: "1:18", says: "project can't be part of a profile", hint: "top level" },
  { kind: "Spark property without spark.", yaml: "spark: {conf: {sql.shuffle.partitions: 8}}\n", at: "1:16", says: 'starts with "spark."', hint: "did you mean spark.sql.shuffle.partitions?" },
  { kind: "nested Spark property", yaml: "spark: {conf: {spark: {a: 1}}}\n", at: "1:16", says: "the name of a Spark property", hint: "spark.sql.shuffle.partitions" },
  { kind: "name of a build argument", yaml: "image: {args: {MODEL-VERSION: 3}}\n", at: "1:16", says: "the name of a build argument", hint: "did you mean MODEL_VERSION?" },
  { kind: "name of a profile", yaml: "profiles: {Big One: {workers: 2}}\n", at: "1:12", says: "lower-case letters", hint: "did you mean big-one?" },
];

// biome-ignore format: a table.
const VALUES: readonly Bad[] = [
  { kind: "word for a number", yaml: "workers: many\n", at: "1:10", says: 'workers: expected a whole number from 1 to 1000, got "many"', hint: "workers: 2" },
  { kind: "number in quotes", yaml: 'workers: "3"\n', at: "1:10", says: 'got "3"', hint: "did you mean 3, without quotes?" },
  { kind: "negative workers", yaml: "workers: -1\n", at: "1:10", says: "from 1 to 1000, got -1", hint: "workers: 2" },
  { kind: "no workers", yaml: "workers: 0\n", at: "1:10", says: "got 0", hint: "workers: 2" },
  { kind: "half a worker", yaml: "workers: 1.5\n", at: "1:10", says: "a whole number", hint: "workers: 2" },
  { kind: "huge number", yaml: "workers: 99999999999999999999\n", at: "1:10", says: "got 99999999999999999999", hint: "workers: 2" },
  { kind: "infinity", yaml: "readyTimeout: .inf\n", at: "1:15", says: "from 5 to 3600, got .inf", hint: "readyTimeout: 120" },
  { kind: "truth value for a number", yaml: "workers: true\n", at: "1:10", says: "got true", hint: "workers: 2" },
  { kind: "key without a value", yaml: "workers:\n", at: "1:9", says: "got nothing", hint: "workers: 2" },
  { kind: "list for a number", yaml: "workers: [2]\n", at: "1:10", says: "got a list", hint: "workers: 2" },
  { kind: "keys for a number", yaml: "workers: {count: 2}\n", at: "1:10", says: "got keys and values", hint: "workers: 2" },
  { kind: "value for a section", yaml: "worker: 4g\n", at: "1:9", says: 'expected keys and values, got "4g"', hint: "worker: {cores: 2, memory: 4g}" },
  { kind: "list for a section", yaml: "storage:\n  - s3: aws\n", at: "2:3", says: "expected keys and values, got a list", hint: "storage: {s3: embedded}" },
  { kind: "size without a unit", yaml: "worker: {memory: 4096}\n", at: "1:18", says: "a size with its unit", hint: 'did you mean "4096m"?' },
  { kind: "size with a wrong unit", yaml: "driver: {memory: 4 gigs}\n", at: "1:18", says: 'got "4 gigs"', hint: "driver: {memory: 2g}" },
  { kind: "size too small", yaml: "driver: {memory: 1k}\n", at: "1:18", says: 'from "512m" to "64t", got "1k"', hint: "driver: {memory: 2g}" },
  { kind: "size too large", yaml: "worker: {memory: 99999999t}\n", at: "1:18", says: 'to "64t"', hint: "memory: 4g" },
  { kind: "misspelt word of a list", yaml: "spark: {workload: panda}\n", at: "1:19", says: 'one of "sql", "python", "pandas", got "panda"', hint: 'did you mean "pandas"?' },
  { kind: "provider that does not exist", yaml: "provider: gcp\n", at: "1:11", says: 'expected one of "local", "aws", got "gcp"', hint: "provider: local" },
  { kind: "platform without its system", yaml: "image: {platform: arm64}\n", at: "1:19", says: '"linux/amd64", "linux/arm64"', hint: "linux/amd64" },
  { kind: "project name", yaml: "project: Flights Demo\n", at: "1:10", says: "lower-case letters", hint: 'did you mean "flights-demo"?' },
  { kind: "project name with a date's form", yaml: "project: 2024-01-01\n", at: "1:10", says: "starting with a letter", hint: "project: flights" },
  { kind: "Spark version outside the matrix", yaml: "image:\n  base:\n    spark: 3.5.1\n", at: "3:12", says: 'image.base.spark: expected one of "4.3.0", "4.1.4", got "3.5.1"', hint: "4.3.0" },
  { kind: "Python version with a zero at its end", yaml: "image: {base: {python: 3.10}}\n", at: "1:24", says: 'got "3.10"', hint: 'did you mean "3.13"?' },
  { kind: "Java version outside the matrix", yaml: "image: {base: {java: 8}}\n", at: "1:22", says: 'expected one of "21", "25", got "8"', hint: "java" },
  { kind: "versions outside the matrix together", yaml: "image: {base: {spark: 4.1.4, java: 25}}\n", at: "1:30", says: "java 25 has not been tested with the other versions", hint: "Spark 4.1.4, Python 3.13, JDK 21" },
  { kind: "Maven coordinates", yaml: "image:\n  base:\n    packages:\n      - org.apache:avro\n", at: "4:9", says: "image.base.packages[0]: expected Maven coordinates", hint: "org.apache.spark:spark-avro_2.13:" },
  { kind: "one package for a list", yaml: 'image: {base: {packages: "a:b:1"}}\n', at: "1:26", says: 'expected a list, got "a:b:1"', hint: "did you mean the list [a:b:1]?" },
  { kind: "part of Spark to keep", yaml: "image: {base: {keep: [hive, yarm]}}\n", at: "1:29", says: "image.base.keep[1]", hint: 'did you mean "yarn"?' },
  { kind: "URL without its scheme", yaml: "storage: {s3: s3.example.com}\n", at: "1:15", says: "the URL of an S3 server", hint: 'did you mean "https://s3.example.com"?' },
  { kind: "URL of another kind", yaml: "storage: {s3: 'ftp://x'}\n", at: "1:15", says: 'got "ftp://x"', hint: "storage: {s3: aws}" },
  { kind: "URL with a password", yaml: "storage: {s3: 'https://me:pass@s3.example.com'}\n", at: "1:15", says: 'without user and password), got "https://********@s3.example.com"', hint: "storage: {s3: aws}" },
  { kind: "s3: for the event log", yaml: "storage: {eventLog: 's3://logs/x'}\n", at: "1:21", says: "an s3a:// address", hint: 'did you mean "s3a://logs/x"?' },
  { kind: "region with blanks", yaml: "storage: {region: EU Central 1}\n", at: "1:19", says: "an AWS region", hint: 'did you mean "eu-central-1"?' },
  { kind: "registry with a scheme", yaml: "image: {registry: 'https://r.example.com/team'}\n", at: "1:19", says: "without https://", hint: 'did you mean "r.example.com/team"?' },
  { kind: "empty path", yaml: 'image: {dockerfile: " "}\n', at: "1:21", says: "the path of a file", hint: "docker/Dockerfile" },
  { kind: "list for a Spark property", yaml: "spark: {conf: {spark.a: [1]}}\n", at: "1:25", says: "spark.conf.spark.a: expected text, got a list", hint: "spark.sql.shuffle.partitions" },
  { kind: "secret where text is expected", yaml: "spark: {conf: {spark.my.password: [hunter2]}}\n", at: "1:35", says: "got a hidden value", hint: "for example" },
  { kind: "secret that the cut would split", yaml: `storage: {s3: 'ftp://me:hunter2${"x".repeat(60)}@h/'}\n`, at: "1:15", says: 'got "ftp://********@h/"', hint: "storage: {s3: aws}" },
  { kind: "secret that a repair would repeat", yaml: "storage: {s3: 's3://me:hunter2@h/'}\n", at: "1:15", says: 'got "s3://********@h/"', hint: "for example: storage: {s3: aws}" },
  { kind: "secret in a registry", yaml: "image: {registry: 'https://me:hunter2@r.example.com'}\n", at: "1:19", says: "https://********@r.example.com", hint: "for example" },
  { kind: "secret that a list would repeat", yaml: 'image: {base: {packages: "a:password:hunter2"}}\n', at: "1:26", says: 'got "a:password:********"', hint: "for example" },
  { kind: "secret in a key", yaml: "spark: {conf: {'x=https://me:hunter2@h': 1}}\n", at: "1:16", says: 'got "x=https://********@h"', hint: "for example" },
  { kind: "secret in an unknown key", yaml: "storage: {'https://me:hunter2@h': 1}\n", at: "1:11", says: 'unknown key "storage.https://********@h"', hint: "the keys here are" },
  { kind: "wrong value in a profile", yaml: "workers: 2\nprofiles: {big: {workers: 0}}\n", at: "2:27", says: "profiles.big.workers", hint: "workers: 2", profile: "big" },
];

// biome-ignore format: a table.
const TOGETHER: readonly Bad[] = [
  { kind: "AWS profile with the embedded S3", yaml: "storage:\n  profile: research\n", at: "2:3", says: "no AWS profile is used", hint: "s3: aws" },
  { kind: "AWS profile in a profile", yaml: "profiles:\n  mine:\n    storage: {profile: x}\n", at: "3:15", says: "no AWS profile is used", hint: "s3: aws", profile: "mine" },
  { kind: "master in spark.conf", yaml: "spark: {conf: {spark.master: 'local[2]'}}\n", at: "1:16", says: "the cluster's own master", hint: "delete it" },
  { kind: "driver memory in spark.conf", yaml: "spark: {conf: {spark.driver.memory: 4g}}\n", at: "1:16", says: "follows driver.memory", hint: "driver: {memory: 2g}" },
  { kind: "secret in spark.conf", yaml: "spark: {conf: {spark.authenticate.secret: x}}\n", at: "1:16", says: "every cluster makes its own", hint: "delete it" },
  { kind: "build argument of our own", yaml: "image: {args: {PYSPARK_DEPLOY_BASE: x}}\n", at: "1:16", says: "every build gets the exact image", hint: "image: {base: {from:" },
  { kind: "unknown profile", yaml: "profiles:\n  large: {workers: 6}\n", at: "1:1", says: 'no profile "lage"; there are: local, large', hint: "did you mean large?", profile: "lage" },
  { kind: "profile named like JavaScript's own", yaml: "workers: 2\n", at: "1:1", says: 'no profile "constructor"', hint: "profiles: {big: {workers: 6}}", profile: "constructor" },
  { kind: "variable that is not set", yaml: "storage:\n  s3: ${S3_URL}\n", at: "2:7", says: "environment variable S3_URL is not set", hint: "${S3_URL:-default}" },
  { kind: "variable with a misspelt name", yaml: "project: ${PROJECTT}\n", at: "1:10", says: "PROJECTT is not set", hint: "did you mean ${PROJECT}?", env: { PROJECT: "x" } },
  { kind: "variable of the chosen profile", yaml: "profiles: {ci: {workers: '${N}'}}\n", at: "1:26", says: "profiles.ci.workers: environment variable N", hint: "${N:-default}", profile: "ci" },
  { kind: "variable with a wrong value", yaml: "workers: ${N}\n", at: "1:10", says: 'got "a lot" from ${N}', hint: "workers: 2", env: { N: "a lot" } },
  { kind: "variable that is YAML", yaml: "workers: ${N}\n", at: "1:10", says: 'got "[1, {a: 2" from ${N}', hint: "workers: 2", env: { N: "[1, {a: 2" } },
  { kind: "secret variable with a wrong value", yaml: "workers: ${MY_TOKEN}\n", at: "1:10", says: "got a hidden value", hint: "workers: 2", env: { MY_TOKEN: "hunter2" } },
  { kind: "reference that is not closed", yaml: "project: a${X\n", at: "1:10", says: "${ begins no variable", hint: "$$" },
];

const AWS = "provider: aws\naws:\n  region: eu-west-1\n";

// biome-ignore format: a table.
const ON_AWS: readonly Bad[] = [
  { kind: "market that does not exist", yaml: `${AWS}  market: preemptible\n`, at: "4:11", says: 'expected one of "on-demand", "spot", got "preemptible"', hint: "market: spot" },
  { kind: "no region", yaml: "provider: aws\n", at: "1:1", says: "needs a region", hint: "export AWS_REGION=" },
  { kind: "region with blanks", yaml: "aws: {region: EU West 1}\n", at: "1:15", says: "an AWS region", hint: 'did you mean "eu-west-1"?' },
  { kind: "state without its scheme", yaml: "state: my-bucket/team\n", at: "1:8", says: "the s3:// address of a bucket", hint: 'did you mean "s3://my-bucket/team"?' },
  { kind: "state of one profile", yaml: "profiles:\n  big:\n    state: s3://my-bucket\n", at: "3:5", says: "state", hint: "", profile: "big" },
  { kind: "private key for a public one", yaml: `${AWS}  sshKeys: [-----BEGIN OPENSSH PRIVATE KEY-----]\n`, at: "4:13", says: "one line of a .pub file", hint: "ssh-ed25519 AAAA" },
  { kind: "embedded S3", yaml: `${AWS}storage:\n  s3: embedded\n`, at: "5:3", says: "for clusters on local", hint: "storage: {s3: aws}" },
  { kind: "embedded S3 in the profile", yaml: "profiles:\n  big:\n    provider: aws\n    aws: {region: eu-west-1}\n    storage: {s3: embedded}\n", at: "5:15", says: "for clusters on local", hint: "storage: {s3: aws}", profile: "big" },
  { kind: "cores of a worker", yaml: `${AWS}worker: {cores: 4}\n`, at: "4:10", says: "the instance type decides", hint: "aws: {workerTypes: [m7i.2xlarge]}" },
  { kind: "memory of a worker", yaml: `${AWS}worker: {memory: 4g}\n`, at: "4:10", says: "the instance type decides", hint: "aws: {workerTypes:" },
  { kind: "too many workers for one machine", yaml: "workers: 65\n", at: "1:1", says: "64 at most run on local", hint: "provider: aws" },
  { kind: "more workers than anywhere", yaml: `${AWS}workers: 1001\n`, at: "4:10", says: "from 1 to 1000, got 1001", hint: "workers: 2" },
  { kind: "who configures nodes", yaml: "aws: {configureBy: pull}\n", at: "1:20", says: "configureBy", hint: "boot" },
  { kind: "instance type without a size", yaml: "aws: {workerTypes: [m7i]}\n", at: "1:21", says: "the name of an instance type", hint: "aws: {workerTypes: [m7i.2xlarge" },
  { kind: "instance type in upper case", yaml: "aws:\n  masterTypes:\n    - M7I.XLARGE\n", at: "3:7", says: 'got "M7I.XLARGE"', hint: 'did you mean "m7i.xlarge"?' },
  { kind: "one instance type for a list", yaml: "aws: {workerTypes: m7i.large}\n", at: "1:20", says: "a list of 1 to 20 instance types", hint: "did you mean the list [m7i.large]?" },
  { kind: "no instance types", yaml: "aws: {workerTypes: []}\n", at: "1:20", says: "a list of 1 to 20 instance types, got a list", hint: "aws: {workerTypes: [m7i.2xlarge" },
  { kind: "zone that is a region", yaml: "aws: {zones: [eu-west-1]}\n", at: "1:15", says: "an availability zone", hint: "eu-central-1a" },
  { kind: "zone of another region", yaml: `${AWS}  zones: [us-east-1a]\n`, at: "4:3", says: "us-east-1a is no zone of eu-west-1", hint: "zones: [eu-west-1a]" },
  { kind: "zones beside subnets", yaml: `${AWS}  zones: [eu-west-1a]\n  vpc: vpc-12345678\n  subnets: [subnet-12345678]\n`, at: "4:3", says: "zones of their own", hint: "delete zones" },
  { kind: "time without a unit", yaml: "aws: {ttl: 90}\n", at: "1:12", says: "a time with its unit (m, h or d)", hint: 'did you mean "90m"?' },
  { kind: "time in words", yaml: "aws: {ttl: 8 hours}\n", at: "1:12", says: 'got "8 hours"', hint: 'did you mean "8h"?' },
  { kind: "time too short", yaml: "aws: {ttl: 9m}\n", at: "1:12", says: 'from "10m" to "7d", got "9m"', hint: "ttl: 90m" },
  { kind: "time too long", yaml: "aws: {ttl: 8d}\n", at: "1:12", says: 'from "10m" to "7d", got "8d"', hint: "ttl: 90m" },
  { kind: "disk too small", yaml: "aws: {volume: {size: 8g}}\n", at: "1:22", says: 'from "30g" to "16t", got "8g"', hint: "aws: {volume: {size: 200g}}" },
  { kind: "disk without a unit", yaml: "aws: {volume: {size: 200}}\n", at: "1:22", says: "a size with its unit", hint: 'did you mean "200g"?' },
  { kind: "throughput out of range", yaml: "aws: {volume: {throughput: 2000}}\n", at: "1:28", says: "from 125 to 1000, got 2000", hint: "throughput: 500" },
  { kind: "throughput beyond its iops", yaml: `${AWS}  volume: {throughput: 1000}\n`, at: "4:12", says: "1000 MiB/s need 4000 I/O operations", hint: "iops: 4000" },
  { kind: "iops beyond its size", yaml: `${AWS}  volume: {size: 30g, iops: 16000}\n`, at: "4:23", says: "has 15000 I/O operations per second at most", hint: "size: 100g" },
  { kind: "AMI that is a name", yaml: "aws: {ami: amazon-linux}\n", at: "1:12", says: "the id of an AMI", hint: "ami-0123456789abcdef0" },
  { kind: "VPC that is a name", yaml: "aws: {vpc: main}\n", at: "1:12", says: "the id of a VPC", hint: "vpc-0123456789abcdef0" },
  { kind: "subnet that is a VPC", yaml: "aws: {subnets: [vpc-12345678]}\n", at: "1:17", says: "the id of a subnet", hint: "subnet-0123456789abcdef0" },
  { kind: "security group that is a name", yaml: "aws: {securityGroups: [default]}\n", at: "1:24", says: "the id of a security group", hint: "sg-0123456789abcdef0" },
  { kind: "subnets without their VPC", yaml: `${AWS}  subnets: [subnet-12345678]\n`, at: "4:3", says: "subnets need the vpc", hint: "vpc: vpc-0123456789abcdef0" },
  { kind: "security groups without their VPC", yaml: `${AWS}  securityGroups: [sg-12345678]\n`, at: "4:3", says: "security groups need the vpc", hint: "vpc: vpc-0123456789abcdef0" },
  { kind: "VPC without subnets", yaml: `${AWS}  vpc: vpc-12345678\n`, at: "4:3", says: "needs subnets", hint: "subnets: [subnet-0123456789abcdef0]" },
  { kind: "private nodes in a network that is made", yaml: `${AWS}  private: true\n`, at: "4:3", says: "need your own subnets", hint: "subnets: [subnet-0123456789abcdef0]" },
  { kind: "word for a truth value", yaml: "aws: {private: always}\n", at: "1:16", says: "true or false", hint: "aws: {private: true}" },
  { kind: "address without its length", yaml: "aws: {sshFrom: [203.0.113.7]}\n", at: "1:17", says: "a range of IPv4 addresses", hint: 'did you mean "203.0.113.7/32"?' },
  { kind: "address out of range", yaml: "aws: {sshFrom: [203.0.113.256/24]}\n", at: "1:17", says: "a range of IPv4 addresses", hint: "203.0.113.0/24" },
  { kind: "IPv6 address", yaml: "aws: {sshFrom: ['2001:db8::/32']}\n", at: "1:17", says: "a range of IPv4 addresses", hint: "203.0.113.0/24" },
  { kind: "instance profile by its ARN", yaml: "aws: {instanceProfile: 'arn:aws:iam::123456789012:instance-profile/spark'}\n", at: "1:24", says: "not its ARN", hint: 'did you mean "spark"?' },
  { kind: "permissions boundary by its name", yaml: "aws: {permissionsBoundary: boundary}\n", at: "1:28", says: "the ARN of an IAM policy", hint: "arn:aws:iam::" },
  { kind: "boundary of a role that is not made", yaml: `${AWS}  instanceProfile: spark\n  permissionsBoundary: 'arn:aws:iam::123456789012:policy/b'\n`, at: "5:3", says: "has a role already", hint: "delete one" },
  { kind: "boundary of another partition", yaml: `${AWS}  permissionsBoundary: 'arn:aws-cn:iam::123456789012:policy/b'\n`, at: "4:3", says: 'partition "aws", and the ARN in "aws-cn"', hint: "permissionsBoundary: arn:aws:iam::123456789012:policy/b" },
  { kind: "role by its name", yaml: "aws: {assumeRole: spark}\n", at: "1:19", says: "the ARN of an IAM role", hint: "arn:aws:iam::123456789012:role/" },
  { kind: "role of another partition", yaml: `${AWS}  assumeRole: 'arn:aws-us-gov:iam::123456789012:role/spark'\n`, at: "4:3", says: 'partition "aws", and the ARN in "aws-us-gov"', hint: "assumeRole: arn:aws:iam::123456789012:role/spark" },
  { kind: "external id without a role", yaml: `${AWS}  externalId: research-42\n`, at: "4:3", says: "no role is named", hint: "assumeRole: arn:aws:iam::" },
  { kind: "session name without a role", yaml: `${AWS}  sessionName: ann\n`, at: "4:3", says: "no role is named", hint: "assumeRole: arn:aws:iam::" },
  { kind: "bastion of nodes that are public", yaml: `${AWS}  bastion: ann@bastion.example.com\n`, at: "4:3", says: "leads to private addresses", hint: "private: true" },
  { kind: "bastion as a URL", yaml: "aws: {bastion: 'ssh://bastion:22/'}\n", at: "1:16", says: '"user@host:port"', hint: 'did you mean "bastion:22"?' },
  { kind: "bastion that ssh would take for an option", yaml: "aws: {bastion: -oProxyCommand=reboot}\n", at: "1:16", says: '"user@host:port"', hint: "ann@bastion.example.com" },
  { kind: "proxy with a password", yaml: "aws: {proxy: {https: 'http://ann:secret@proxy.example.com:3128'}}\n", at: "1:22", says: 'without a password, such as "http://proxy.example.com:3128", got "http://********@', hint: "https: http://proxy.example.com:3128" },
  { kind: "proxy without its scheme", yaml: "aws: {proxy: {http: 'proxy.example.com:3128'}}\n", at: "1:21", says: "the URL of a proxy with its port", hint: 'did you mean "http://proxy.example.com:3128"?' },
  { kind: "proxy that is not named whole", yaml: "aws: {proxy: 'http://proxy.example.com:3128'}\n", at: "1:14", says: "keys and values", hint: "https: http://proxy.example.com:3128" },
  { kind: "exception from the proxy with a comma", yaml: "aws: {proxy: {no: ['a.example.com,b.example.com']}}\n", at: "1:20", says: "a host, a domain or a range", hint: ".example.com" },
  { kind: "bucket with its scheme", yaml: "aws: {buckets: ['s3://my-bucket/data/*']}\n", at: "1:17", says: "a bucket, or a bucket and a prefix", hint: 'did you mean "my-bucket/data"?' },
  { kind: "bucket in upper case", yaml: "aws: {buckets: [MyBucket]}\n", at: "1:17", says: "a bucket, or a bucket and a prefix", hint: "my-bucket" },
  { kind: "tag of AWS itself", yaml: "aws: {tags: {'aws:name': x}}\n", at: "1:14", says: "the key of a tag", hint: "cost-center" },
  { kind: "tag of pyspark-deploy", yaml: "aws: {tags: {'pyspark-deploy:cluster': x}}\n", at: "1:14", says: "the key of a tag", hint: "cost-center" },
  { kind: "tag with a character that AWS refuses", yaml: "aws: {tags: {owner: 'a*b'}}\n", at: "1:21", says: "the value of a tag", hint: "aws: {tags: {cost-center:" },
  { kind: "repository by its address", yaml: "aws: {repository: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/flights}\n", at: "1:19", says: "the name of an ECR repository", hint: 'did you mean "team/flights"?' },
  { kind: "key of another tool", yaml: "aws: {spotPrice: 1}\n", at: "1:7", says: 'unknown key "aws.spotPrice"', hint: "the keys here are: region, profile" },
];

describe("a bad config", () => {
  it.each([...SYNTAX, ...KEYS, ...VALUES, ...TOGETHER, ...ON_AWS])(
    "$kind",
    ({ yaml, at, says, hint, profile, env }) => {
      const directory = configFolder(yaml);
      const error = userError(() => loadConfig({ directory, profile, env: env ?? {} }));
      expect(error.exitCode).toBe(2);
      const first = `${directory}/pyspark-deploy.yaml:${at}`;
      const described = `${error.message}\n→ ${error.hint}`
        .split(/\n(?=\/)/)
        .find((part) => part.includes(says));
      expect(described ?? error.message).toContain(says);
      expect(described?.startsWith(first), `${described} is not at ${first}`).toBe(true);
      expect(described).toContain(hint);
      expect(error.hint).toMatch(/\w/);
      expect(error.message).not.toMatch(/hunter2|\bme:/);
    },
  );

  it("has all of its mistakes told, in the order of the lines", () => {
    const yaml =
      "workers: zero\nwokers: 3\nworkers: 2\nstorage: {profile: x, region: A B}\nproject: ${X}\nspark: {conf: {spark.master: x}}\n";
    const { message } = userError(() =>
      loadConfig({ directory: configFolder(yaml), profile: "huge", env: {} }),
    );
    const places = [...message.matchAll(/yaml:(\d+:\d+): /g)].map(([, at]) => at);
    expect(message).toMatch(/has 8 errors/);
    expect(places).toEqual(["1:1", "1:10", "2:1", "3:1", "4:11", "4:31", "5:10", "6:16"]);
  });
});

describe("a config that can't be read", () => {
  const folder = () => mkdtempSync(join(tmpdir(), "psd-config-"));
  const load = (directory: string, file?: string) =>
    userError(() => loadConfig({ directory, file, env: {} }));

  it("is missing", () => {
    const { message, hint, exitCode } = load(folder());
    expect({ message, hint, exitCode }).toMatchObject({
      message: expect.stringMatching(/no pyspark-deploy.yaml in .* or a folder above it/),
      hint: expect.stringContaining("pyspark-deploy init"),
      exitCode: 2,
    });
  });

  it("is called .yml", () => {
    const directory = folder();
    writeFileSync(join(directory, "pyspark-deploy.yml"), "");
    expect(load(directory).hint).toMatch(/Did you mean .*pyspark-deploy\.yml\? Rename it/);
  });

  it("is named on the command line, with a slip", () => {
    const directory = configFolder("");
    const { message, hint, exitCode } = load(directory, "pyspark-deplyo.yaml");
    expect(exitCode).toBe(2);
    expect(message).toContain(`There is no pyspark-deplyo.yaml in ${directory}.`);
    expect(hint).toContain(`Did you mean ${directory}/pyspark-deploy.yaml?`);
  });

  it("is a folder", () => {
    const directory = folder();
    mkdirSync(join(directory, "pyspark-deploy.yaml"));
    const { message, hint, exitCode } = load(directory);
    expect(exitCode).toBe(2);
    expect(message).toContain("pyspark-deploy.yaml:1:1: this is a folder");
    expect(hint).toContain("--config");
  });

  it("is a pipe that nobody writes to", () => {
    const directory = folder();
    execFileSync("mkfifo", [join(directory, "pipe")]);
    const { message, exitCode } = load(directory, "pipe");
    expect(exitCode).toBe(2);
    expect(message).toContain("pipe:1:1: this is no regular file");
  });

  it.each([
    ["itself", "pyspark-deploy.yaml", /leads to itself/],
    ["nothing", "absent", /a file that does not exist/],
  ])("is a link to %s", (_what, target, says) => {
    const directory = folder();
    symlinkSync(target, join(directory, "pyspark-deploy.yaml"));
    const { message, hint, exitCode } = load(directory, "pyspark-deploy.yaml");
    expect(exitCode).toBe(2);
    expect(message).toMatch(says);
    expect(hint).toContain("ls -l");
  });
});
