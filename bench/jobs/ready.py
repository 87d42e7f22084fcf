"""Ends when S3 answers: s3a retries while the server starts."""

import sys

from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate().read.parquet(sys.argv[1]).count()
