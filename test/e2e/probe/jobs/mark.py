"""Prints which code the driver and the executors run, and where they run it."""

from probe import MARK
from pyspark.sql import SparkSession


def mark(_: int) -> tuple[str, str]:
    import socket

    from probe import MARK as executor_mark

    return socket.gethostname(), executor_mark


spark = SparkSession.builder.getOrCreate()
found = sorted(set(spark.sparkContext.parallelize(range(16), 16).map(mark).collect()))
print("driver:", MARK)
print("executors:", sorted({m for _, m in found}), flush=True)
