"""Writes and commits 200 Parquet files; prints the seconds."""

import json
import sys
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
rows = spark.range(0, 200_000, 1, 200).selectExpr("id", "id % 17 AS k", "concat('w', id) AS s")
rows.coalesce(20).write.mode("overwrite").parquet(f"{sys.argv[1]}/warm-up")
started = time.monotonic()
rows.write.mode("overwrite").parquet(f"{sys.argv[1]}/out")
print("RESULT", json.dumps({"write": time.monotonic() - started}))
