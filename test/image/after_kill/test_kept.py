"""Runs in a fresh container, after the S3 server was killed and started again."""

from s3client import request


def test_table_survives(spark):
    assert spark.read.parquet("s3a://suite/kept/").count() == 1000


def test_object_survives():
    assert request("GET", "/conditions/lock").body == b"first"


def test_writing_goes_on(spark):
    spark.range(10).write.mode("overwrite").parquet("s3a://suite/kept/")
    assert spark.read.parquet("s3a://suite/kept/").count() == 10
