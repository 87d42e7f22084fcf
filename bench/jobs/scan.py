"""Scans, aggregates and joins the tables of make.py; prints the seconds of each."""

import json
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
spark.range(10).groupBy("id").count().collect()
seconds = {}


def timed(name, work):
    started = time.monotonic()
    work()
    seconds[name] = time.monotonic() - started


def facts():
    return spark.read.parquet(f"{sys.argv[1]}/facts")


names = spark.read.parquet(f"{sys.argv[1]}/names")
timed("scan", lambda: facts().agg(F.max("s"), F.sum("x")).collect())
timed("aggregate", lambda: facts().groupBy("k").agg(F.avg("x"), F.avg("y"), F.avg("z")).agg(F.count("*")).collect())
timed("join", lambda: facts().join(names, "k").groupBy("name").agg(F.sum("y")).agg(F.count("*")).collect())
print("RESULT", json.dumps(seconds))
