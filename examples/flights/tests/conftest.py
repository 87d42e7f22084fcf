from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """One local Spark for all tests."""
    with SparkSession.builder.config("spark.sql.shuffle.partitions", "2").getOrCreate() as session:
        yield session
