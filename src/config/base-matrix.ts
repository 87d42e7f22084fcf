/** One combination of versions for which the whole image suite has passed. */
export interface BaseVersions {
  readonly spark: string;
  readonly python: string;
  readonly java: string;
  readonly scala: string;
  /** Found in `pyspark/jars`; hadoop-aws must be of the same version. */
  readonly hadoop: string;
  /** Named by hadoop-project's POM of that Hadoop version. */
  readonly awsSdk: string;
  /** Named by hadoop-project's POM of that Hadoop version. */
  readonly analyticsAccelerator: string;
  /** spark-hadoop-cloud: the newest on Maven Central that is not above Spark's version. */
  readonly hadoopCloud: string;
}

const SPARK_4_3 = {
  spark: "4.3.0",
  python: "3.13",
  scala: "2.13",
  hadoop: "3.5.0",
  awsSdk: "2.35.4",
  analyticsAccelerator: "1.3.1",
  hadoopCloud: "4.1.2",
} as const;

const SPARK_4_1 = {
  spark: "4.1.4",
  python: "3.13",
  scala: "2.13",
  hadoop: "3.4.2",
  awsSdk: "2.29.52",
  analyticsAccelerator: "1.2.1",
  hadoopCloud: "4.1.2",
} as const;

/** The tested combinations; the first is the default. The build checks each version against what it finds. */
export const BASE_MATRIX: readonly [BaseVersions, ...BaseVersions[]] = [
  { ...SPARK_4_3, java: "21" },
  { ...SPARK_4_3, java: "25" },
  { ...SPARK_4_1, java: "21" },
];

export interface BaseChoice {
  readonly spark?: string | undefined;
  readonly python?: string | undefined;
  readonly java?: string | undefined;
}

/** The first tested row that fits what was asked for, or undefined when there is none. */
export function chooseBase(
  choice: BaseChoice,
  matrix: readonly BaseVersions[] = BASE_MATRIX,
): BaseVersions | undefined {
  return matrix.find((row) =>
    (["spark", "python", "java"] as const).every(
      (key) => choice[key] === undefined || choice[key] === row[key],
    ),
  );
}

/** The matrix as people read it in an error message. */
export function describeMatrix(matrix: readonly BaseVersions[] = BASE_MATRIX): string {
  return matrix.map((row) => `Spark ${row.spark}, Python ${row.python}, JDK ${row.java}`).join("; ");
}
