"""Writes Parquet to the given address, reads it back, and names the committer that wrote it."""

import json
import sys

from pyspark.sql import SparkSession

target = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
spark.range(1000).write.mode("overwrite").parquet(target)

# Spark's own readers skip files whose names start with an underscore.
jvm = spark.sparkContext._jvm
success = jvm.org.apache.hadoop.fs.Path(f"{target}/_SUCCESS")
stream = success.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).open(success)
summary = jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
print(json.dumps({"rows": spark.read.parquet(target).count(), "committer": json.loads(summary)["committer"]}))
