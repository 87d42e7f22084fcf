"""Eight tasks of some seconds each, and their sum; says when they run."""

import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def work(number):
    time.sleep(4)
    return number


spark.sparkContext.parallelize(range(2), 2).count()
print("running", flush=True)
print("sum", spark.sparkContext.parallelize(range(8), 8).map(work).sum(), flush=True)
