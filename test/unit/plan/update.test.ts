import { describe, expect, it } from "vitest";
import { beyondUpdate, changesOfUpdate, type Updatable } from "../../../src/plan/update.js";
import { testConfig } from "../../support/config.js";

const conf = (text: string) => ({ path: "spark-defaults.conf", content: text, secret: true });
const CLUSTER: Updatable = {
  image: { parityKey: `sha256:${"a".repeat(64)}` },
  confFiles: [conf("spark.a 1\nspark.b two words\n"), { path: "aws/config", content: "old", secret: false }],
  workerCores: 2,
  workerMemoryBytes: 2 ** 30,
};

describe("what an update changes", () => {
  it.each<[string, Partial<Updatable>, readonly object[]]>([
    ["nothing, when nothing differs", {}, []],
    [
      "the image",
      { image: { parityKey: `sha256:${"b".repeat(64)}` } },
      [{ what: "image", before: "a".repeat(12), after: "b".repeat(12) }],
    ],
    ["a worker's cores", { workerCores: 4 }, [{ what: "cores of a worker", before: "2", after: "4" }]],
    [
      "properties: changed, new and gone ones, values with spaces whole",
      { confFiles: [conf("spark.b three whole words\nspark.c 3\n"), ...CLUSTER.confFiles.slice(1)] },
      [
        { what: "spark.a", before: "1", after: "not set" },
        { what: "spark.b", before: "two words", after: "three whole words" },
        { what: "spark.c", before: "not set", after: "3" },
      ],
    ],
    [
      "other files of the configuration, by name",
      {
        confFiles: CLUSTER.confFiles.map((file) => ({
          ...file,
          content: file.content.replace("old", "new"),
        })),
      },
      [{ what: "aws/config" }],
    ],
  ])("%s", (_what, change, expected) => {
    expect(changesOfUpdate(CLUSTER, { ...CLUSTER, ...change })).toEqual(expected);
  });
});

describe("what an update leaves as it is", () => {
  const before = testConfig({
    provider: "aws",
    workers: 2,
    aws: { region: "eu-west-1", workerTypes: ["m7i.large"] },
  });

  it.each<[string, object, readonly unknown[]]>([
    ["nothing of an equal config", {}, []],
    ["Spark's own properties are not among it", { spark: { conf: { "spark.a": "1" } } }, []],
    ["the number of workers", { workers: 3 }, [expect.stringMatching(/was 2 and is 3/)]],
    [
      "the machines",
      { aws: { region: "eu-west-1", workerTypes: ["m7i.xlarge"], zones: ["eu-west-1a"] } },
      [expect.stringMatching(/aws\.workerTypes.*next cluster/)],
    ],
  ])("%s", (_what, change, expected) => {
    const raw = { provider: "aws", workers: 2, aws: { region: "eu-west-1", workerTypes: ["m7i.large"] } };
    expect(beyondUpdate(before, testConfig({ ...raw, ...change }))).toEqual(expected);
  });
});
