"""The raw tables and the result, as files below one root such as s3a://flights."""

import json

from pyspark.sql import DataFrame, SparkSession

from flights import source

SCHEMAS = {
    "flights": """
        year int, month int, day int, dep_time int, sched_dep_time int, dep_delay int,
        arr_time int, sched_arr_time int, arr_delay int, carrier string, flight int,
        tailnum string, origin string, dest string, air_time int, distance int, hour int,
        minute int, time_hour timestamp""",
    "airlines": "carrier string, name string",
    "airports": """
        faa string, name string, lat double, lon double, alt int, tz int, dst string,
        tzone string""",
    "weather": """
        origin string, year int, month int, day int, hour int, temp double, dewp double,
        humid double, wind_dir int, wind_speed double, wind_gust double, precip double,
        pressure double, visib double, time_hour timestamp""",
}


def write_raw(spark: SparkSession, root: str, name: str) -> int:
    """Puts a table of the package on S3, byte for byte, and returns how many rows it has."""
    jvm = spark.sparkContext._jvm
    with source.raw_file(name) as file, file.open("rb") as lines:
        target = jvm.org.apache.hadoop.fs.Path(f"{_raw_path(root, name)}/{name}.csv")
        files = target.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
        files.delete(target.getParent(), True)
        files.copyFromLocalFile(False, True, jvm.org.apache.hadoop.fs.Path(str(file)), target)
        return sum(1 for _ in lines) - 1


def read_raw(spark: SparkSession, root: str, name: str) -> DataFrame:
    """Reads a table by its schema; a header or a value that does not fit is an error."""
    return spark.read.csv(
        _raw_path(root, name),
        schema=SCHEMAS[name],
        header=True,
        enforceSchema=False,
        nullValue="NA",
        mode="FAILFAST",
    )


def write_delays(delays: DataFrame, root: str) -> None:
    """Writes the result as Parquet, one file for each month."""
    by_month = delays.repartition("month").write.partitionBy("month")
    by_month.mode("overwrite").parquet(_delays_path(root))


def read_delays(spark: SparkSession, root: str) -> DataFrame:
    """Reads the result back."""
    return spark.read.parquet(_delays_path(root))


def committer(spark: SparkSession, root: str) -> str:
    """Names the S3A committer of the result, as its _SUCCESS file says."""
    jvm = spark.sparkContext._jvm
    # Spark's readers skip names that start with an underscore; Hadoop's file system does not.
    success = jvm.org.apache.hadoop.fs.Path(f"{_delays_path(root)}/_SUCCESS")
    files = success.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    stream = files.open(success)
    try:
        text = jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
    finally:
        stream.close()
    # Committers that rename leave the file empty.
    return json.loads(text)["committer"] if text else "a committer that renames"


def _delays_path(root: str) -> str:
    return f"{root}/delays"


def _raw_path(root: str, name: str) -> str:
    return f"{root}/raw/{name}"
