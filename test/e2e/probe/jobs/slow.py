"""Six tasks of some seconds each, and their sum; says when they run."""

import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def work(number):
    time.sleep(3)
    return number


spark.sparkContext.parallelize(range(2), 2).count()
print("running", flush=True)
print("sum", spark.sparkContext.parallelize(range(6), 6).map(work).sum(), flush=True)
