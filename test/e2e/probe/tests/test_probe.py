"""What `pyspark-deploy test` runs."""

import os

from probe import MARK
from pyspark.sql import SparkSession


def test_has_a_local_session() -> None:
    spark = SparkSession.builder.getOrCreate()
    assert spark.sparkContext.master == "local[*]"
    assert spark.range(10).count() == 10


def test_runs_the_code_of_the_image() -> None:
    assert MARK == "from the image"


def test_fails_when_told_to() -> None:
    assert not os.path.exists("/app/fail")
