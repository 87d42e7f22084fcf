"""What `pyspark-deploy test` runs, here and in CI: this project's code in this project's image."""

{{imports}}
from pyspark.sql import SparkSession

from jobs.first_job import sums


def test_numbers_are_summed_up_by_their_last_digit() -> None:
    with SparkSession.builder.getOrCreate() as spark:
        assert [row.total for row in sums(spark.range(20)).collect()] == list(range(10, 30, 2))
{{packageTests}}
