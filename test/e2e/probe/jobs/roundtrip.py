"""Writes Parquet to the given address, reads it back, and names the committer that wrote it."""

import json
import sys

from pyspark.sql import SparkSession

target = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
spark.range(1000).write.mode("overwrite").parquet(target)
success = "".join(row.value for row in spark.read.text(f"{target}/_SUCCESS").collect())
print(json.dumps({"rows": spark.read.parquet(target).count(), "committer": json.loads(success)["committer"]}))
