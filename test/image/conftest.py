"""What the tests share: one Spark session with the project's S3 settings, and a folder
of one's own in S3 for every test."""

import os
import re
import subprocess
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession
from s3client import request

S3A = {
    "spark.hadoop.fs.s3a.endpoint": os.environ["S3_ENDPOINT"],
    "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    "spark.hadoop.fs.s3a.access.key": os.environ["AWS_ACCESS_KEY_ID"],
    "spark.hadoop.fs.s3a.secret.key": os.environ["AWS_SECRET_ACCESS_KEY"],
    "spark.hadoop.fs.s3a.connection.maximum": "500",
    "spark.hadoop.fs.s3a.threads.max": "64",
    "spark.hadoop.fs.s3a.create.performance": "true",
    "spark.hadoop.fs.s3a.committer.name": "magic",
    "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
    "spark.sql.sources.commitProtocolClass": "pysparkdeploy.S3CommitProtocol",
    "spark.sql.parquet.output.committer.class": "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
}


@pytest.fixture(scope="session")
def settings() -> dict[str, str]:
    """The project's settings for S3."""
    return S3A


@pytest.fixture(scope="session")
def spark(settings: dict[str, str]) -> Iterator[SparkSession]:
    """A session of plain Python: nobody called spark-submit."""
    builder = SparkSession.builder.master("local[2]").appName("image-suite")
    for key, value in {
        **settings,
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


PROGRAM = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("total", spark.range(100).groupBy().sum("id").first()[0])
print("application", spark.sparkContext.applicationId)
"""


@pytest.fixture(scope="session")
def submitted(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """A finished spark-submit, whose event log is in S3."""
    # Spark writes no event log to a folder that isn't there.
    assert request("PUT", "/suite/events/").status == 200
    program = tmp_path_factory.mktemp("program") / "program.py"
    program.write_text(PROGRAM)
    conf = {**settings, "spark.eventLog.enabled": "true", "spark.eventLog.dir": "s3a://suite/events/"}
    options = [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]
    command = ["spark-submit", "--master", "local[2]", *options, str(program)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def path(request: pytest.FixtureRequest) -> str:
    """An S3 path of this test alone."""
    return "s3a://suite/" + re.sub(r"\W+", "-", request.node.name)


class Files:
    """Hadoop's file system, as Spark uses it."""

    def __init__(self, spark: SparkSession) -> None:
        self._jvm = spark._jvm
        self._conf = spark._jsc.hadoopConfiguration()

    def path(self, name: str):
        return self._jvm.org.apache.hadoop.fs.Path(name)

    def system(self, name: str):
        return self.path(name).getFileSystem(self._conf)

    def names(self, folder: str) -> list[str]:
        """All files below a folder, however deep."""
        if not self.system(folder).exists(self.path(folder)):
            return []
        found, files = [], self.system(folder).listFiles(self.path(folder), True)
        while files.hasNext():
            found.append(files.next().getPath().toString())
        return sorted(found)


@pytest.fixture(scope="session")
def files(spark: SparkSession) -> Files:
    return Files(spark)
