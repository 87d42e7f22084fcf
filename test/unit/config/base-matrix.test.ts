import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { assetPath } from "../../../src/assets.js";
import { BASE_MATRIX, chooseBase } from "../../../src/config/base-matrix.js";
import { configSchema } from "../../../src/config/schema.js";
import { baseTag, planBase } from "../../../src/plan/image-plan.js";

const image = (base: Record<string, unknown>) => configSchema.parse({ image: { base } }).image;

describe("the tested matrix", () => {
  it("gives the first row when nothing is asked for", () => {
    expect(chooseBase({})).toBe(BASE_MATRIX[0]);
  });

  it.each(BASE_MATRIX)(
    "has locked Python packages for Spark $spark with Python $python",
    ({ spark, python }) => {
      expect(existsSync(assetPath(`docker/base/python/spark-${spark}-python-${python}.txt`))).toBe(true);
    },
  );

  it("stands in docs/image.md", () => {
    const text = readFileSync("docs/image.md", "utf8").replaceAll(" (default)", "");
    const rows = [...text.matchAll(/^\| (\d[^|]*) \| ([\d.]+) \| (\d+) \| ([\d.]+) \|$/gm)];
    expect(rows.map(([, spark, python, java, hadoop]) => ({ spark, python, java, hadoop }))).toEqual(
      BASE_MATRIX.map(({ spark, python, java, hadoop }) => ({ spark, python, java, hadoop })),
    );
  });

  it.each([{ spark: "3.1.1" }, { python: "2.7" }, { java: 8 }])("refuses %j", (base) => {
    expect(() => image(base)).toThrow();
  });
});

describe("the base image", () => {
  it("is built with the versions that belong together", () => {
    expect(planBase(image({})).arguments).toMatchObject({
      SPARK_VERSION: BASE_MATRIX[0].spark,
      HADOOP_VERSION: BASE_MATRIX[0].hadoop,
      EXTRA_PACKAGES: "",
    });
  });

  it("takes extra packages and another Debian", () => {
    const plan = planBase(
      image({ packages: ["a:b:1", "c:d:2"], keep: ["rocksdbjni"], from: "mirror/debian" }),
    );
    expect(plan.arguments).toMatchObject({
      EXTRA_PACKAGES: "a:b:1 c:d:2",
      KEEP: "rocksdbjni",
      FROM_IMAGE: "mirror/debian",
    });
  });

  it("has a tag that changes with its inputs", () => {
    expect(baseTag(BASE_MATRIX[0], "0123456789abcdef")).toBe(
      `${BASE_MATRIX[0].spark}-py${BASE_MATRIX[0].python}-java${BASE_MATRIX[0].java}-0123456789ab`,
    );
  });
});
