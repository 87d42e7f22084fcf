"""What `pyspark-deploy test` runs, here and in CI: this project's code in this project's image."""

{{imports}}
from pyspark.sql import SparkSession


def test_spark_runs() -> None:
    with SparkSession.builder.getOrCreate() as spark:
        assert spark.range(10).count() == 10
{{packageTests}}
