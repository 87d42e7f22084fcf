"""Writes about 1 GB of Parquet: a fact table and a dimension."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
facts = spark.range(0, 24_000_000, 1, 16).select(
    "id",
    (F.col("id") % 5000).alias("k"),
    F.rand(1).alias("x"),
    F.rand(2).alias("y"),
    F.rand(3).alias("z"),
    F.sha1(F.col("id").cast("string")).alias("s"),
)
facts.write.mode("overwrite").parquet(f"{sys.argv[1]}/facts")
names = spark.range(5000).select(F.col("id").alias("k"), F.concat(F.lit("n"), F.col("id")).alias("name"))
names.coalesce(1).write.mode("overwrite").parquet(f"{sys.argv[1]}/names")
