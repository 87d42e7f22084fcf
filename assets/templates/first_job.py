"""A first job: writes numbers to S3, sums them up, and names the executors that did the work."""

import argparse
import socket

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F


def sums(numbers: DataFrame) -> DataFrame:
    """Sums up the numbers by their last digit."""
    digit = (F.col("id") % 10).alias("digit")
    return numbers.groupBy(digit).agg(F.sum("id").alias("total")).orderBy("digit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", default="s3a://first-job", help="default: %(default)s")
    root = parser.parse_args().root.rstrip("/")

    with SparkSession.builder.appName("first job").getOrCreate() as spark:
        spark.range(1_000_000).write.mode("overwrite").parquet(f"{root}/numbers")
        sums(spark.read.parquet(f"{root}/numbers")).show()
        tasks = spark.sparkContext.parallelize(range(64), 64)
        hosts = sorted(tasks.map(lambda _: socket.gethostname()).distinct().collect())
    print(f"driver: {socket.gethostname()}")
    print(f"executors: {', '.join(hosts)}")


if __name__ == "__main__":
    main()
