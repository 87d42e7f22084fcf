"""Takes more memory than there is: argv[1] says who."""

import sys

from pyspark import TaskContext
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
who = sys.argv[1]


def fill(rows):
    """Touches every page, or the kernel would not count it."""
    hoard = []
    while TaskContext.get() is None or rows is not None:
        hoard.append(bytearray(b"x") * (64 * 1024 * 1024))
    return rows


if who == "driver":
    fill(())
elif who == "driver-heap":
    spark._jvm.java.nio.ByteBuffer.allocate(2**31 - 1)
elif who == "executor":
    spark.sparkContext.parallelize(range(2), 2).mapPartitions(fill).count()
elif who == "executor-heap":
    spark.range(0, 2, 1, 2).selectExpr("length(repeat(concat('x', id), 900000000)) AS n").write.mode("overwrite").format("noop").save()
