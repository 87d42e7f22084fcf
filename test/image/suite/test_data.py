"""Spark reads and writes S3 as people use it."""

import json
import os
import threading

import pandas as pd
import pytest
from pyspark.sql import functions as f
from pyspark.sql.functions import pandas_udf
from s3client import request


@pytest.mark.parametrize("kind", ["parquet", "orc", "csv", "json"])
def test_table_comes_back_as_written(spark, path, kind):
    options = {"header": "true"} if kind == "csv" else {}
    rows = spark.range(1000).select("id", f.concat(f.lit("n"), "id").alias("name"))
    rows.write.format(kind).options(**options).save(path)
    read = spark.read.format(kind).options(**options).schema("id long, name string").load(path)
    assert sorted(map(tuple, read.collect())) == [(i, f"n{i}") for i in range(1000)]


def test_text_comes_back_as_written(spark, path):
    spark.createDataFrame([("één",), ("二",)], "value string").write.text(path)
    assert {row.value for row in spark.read.text(path).collect()} == {"één", "二"}


def test_rdd_text_comes_back_as_written(spark, path):
    spark.sparkContext.parallelize(range(10), 2).saveAsTextFile(path)
    assert sorted(map(int, spark.sparkContext.textFile(path).collect())) == list(range(10))


def test_overwrite_leaves_only_the_new(spark, path):
    spark.range(100).repartition(4).write.parquet(path)
    spark.range(7).coalesce(1).write.mode("overwrite").parquet(path)
    assert spark.read.parquet(path).count() == 7


def test_commit_is_magic(spark, path):
    spark.range(10).write.parquet(path)
    marker = request("GET", f"{path.removeprefix('s3a:/')}/_SUCCESS").body
    assert json.loads(marker)["committer"] == "magic"


def test_failing_job_leaves_nothing(spark, files, path):
    @f.udf("long")
    def explode(value):
        if value == 999:
            raise ValueError("on purpose")
        return value

    with pytest.raises(Exception, match="on purpose"):
        spark.range(1000).repartition(2).select(explode("id")).write.parquet(path)
    assert files.names(path) == []


def test_partitioned_table_prunes(spark, path):
    rows = spark.range(90).select("id", (f.col("id") % 3).alias("day"))
    rows.write.partitionBy("day").parquet(path)
    assert spark.read.parquet(path).where("day = 1").count() == 30


def days(spark, *rows: tuple[int, str]):
    return spark.createDataFrame(rows, "id long, day string")


@pytest.mark.parametrize("kind", ["parquet", "orc", "json"])
def test_overwriting_partitions_keeps_the_others(spark, path, kind):
    days(spark, (1, "mon"), (2, "tue"), (3, "tue")).write.format(kind).partitionBy("day").save(path)
    new = days(spark, (4, "tue"), (5, "wed: 1/2")).write.format(kind).partitionBy("day")
    new.mode("overwrite").option("partitionOverwriteMode", "dynamic").save(path)
    read = spark.read.format(kind).schema("id long, day string").load(path)
    assert {tuple(row) for row in read.collect()} == {(1, "mon"), (4, "tue"), (5, "wed: 1/2")}
    marker = request("GET", f"{path.removeprefix('s3a:/')}/_SUCCESS").body
    assert json.loads(marker)["committer"] == "magic"


def test_overwriting_partitions_in_sql(spark, path):
    days(spark, (1, "mon"), (2, "tue")).write.option("path", path).partitionBy("day").saveAsTable("days")
    days(spark, (3, "tue")).createOrReplaceTempView("fresh")
    spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    try:
        spark.sql("insert overwrite table days select id, day from fresh")
    finally:
        spark.conf.unset("spark.sql.sources.partitionOverwriteMode")
    assert {tuple(row) for row in spark.table("days").collect()} == {(1, "mon"), (3, "tue")}
    spark.sql("drop table days")


def test_failing_overwrite_of_partitions_keeps_the_old(spark, files, path):
    days(spark, (1, "mon"), (2, "tue")).write.partitionBy("day").parquet(path)
    before = [name for name in files.names(path) if not name.endswith("_SUCCESS")]

    @f.udf("long")
    def explode(value):
        raise ValueError("on purpose")

    broken = days(spark, (3, "tue")).select(explode("id").alias("id"), "day").write.partitionBy("day")
    with pytest.raises(Exception, match="on purpose"):
        broken.mode("overwrite").option("partitionOverwriteMode", "dynamic").parquet(path)
    assert files.names(path) == before


def test_overwriting_partitions_of_a_local_table(spark, tmp_path):
    folder = f"file://{tmp_path}/table"
    days(spark, (1, "mon"), (2, "tue")).write.partitionBy("day").parquet(folder)
    new = days(spark, (3, "tue")).write.partitionBy("day").mode("overwrite")
    new.option("partitionOverwriteMode", "dynamic").parquet(folder)
    assert {tuple(row) for row in spark.read.parquet(folder).collect()} == {(1, "mon"), (3, "tue")}


def test_spark_alone_refuses_to_overwrite_partitions(spark, path):
    days(spark, (1, "mon")).write.partitionBy("day").parquet(path)
    other = spark.newSession()
    other.conf.set("spark.sql.sources.commitProtocolClass", "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol")
    new = days(other, (2, "mon")).write.partitionBy("day").mode("overwrite")
    with pytest.raises(Exception, match="dynamicPartitionOverwrite"):
        new.option("partitionOverwriteMode", "dynamic").parquet(path)


@pytest.mark.parametrize("name", ["café", "日本語", "with space", "a+b=c&d", "100% sure"])
def test_keys_may_have_any_name(spark, files, path, name):
    spark.range(3).coalesce(1).write.parquet(f"{path}/{name}")
    assert spark.read.parquet(f"{path}/{name}").count() == 3
    spark.createDataFrame([(name, 1)], "city string, n int").write.partitionBy("city").parquet(f"{path}/by")
    assert spark.read.parquet(f"{path}/by").first().city == name


def test_large_object_is_sent_in_parts_renamed_and_read(spark, files, path):
    local, size = "/opt/spark/work/large.bin", 150 * 1024 * 1024
    block = os.urandom(1024 * 1024)
    with open(local, "wb") as file:
        for _ in range(150):
            file.write(block)
    system = files.system(path)
    system.copyFromLocalFile(True, True, files.path(f"file://{local}"), files.path(f"{path}/a.bin"))
    assert system.rename(files.path(f"{path}/a.bin"), files.path(f"{path}/b.bin"))
    assert system.getFileStatus(files.path(f"{path}/b.bin")).getLen() == size
    assert not os.path.exists(local)
    total = spark.read.format("binaryFile").load(f"{path}/b.bin").select("length").first().length
    assert total == size


def test_large_table_is_committed_in_parts(spark, files, path):
    spark.conf.set("spark.sql.parquet.compression.codec", "uncompressed")
    try:
        spark.range(12_000_000).select("id", f.rand(1).alias("x")).coalesce(1).write.parquet(path)
    finally:
        spark.conf.unset("spark.sql.parquet.compression.codec")
    (name,) = [name for name in files.names(path) if name.endswith(".parquet")]
    assert files.system(path).getFileStatus(files.path(name)).getLen() > 64 * 1024 * 1024
    assert spark.read.parquet(path).agg(f.max("id")).first()[0] == 11_999_999


@pytest.mark.parametrize("stream", ["analytics", "classic"])
def test_input_stream_reads(spark, path, settings, stream):
    spark.range(10_000).write.parquet(path)
    session = spark.newSession()
    read = session.read.option("fs.s3a.input.stream.type", stream).parquet(path)
    assert read.agg(f.sum("id")).first()[0] == sum(range(10_000))


def test_pandas_udf_goes_through_arrow(spark):
    @pandas_udf("double")
    def half(value: pd.Series) -> pd.Series:
        return value / 2

    assert spark.range(1000).select(f.sum(half("id"))).first()[0] == sum(range(1000)) / 2
    assert spark.range(5).toPandas()["id"].tolist() == [0, 1, 2, 3, 4]


def test_applied_in_pandas(spark):
    def centre(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(x=frame.x - frame.x.mean())

    rows = spark.range(100).select((f.col("id") % 2).alias("k"), f.col("id").cast("double").alias("x"))
    assert rows.groupBy("k").applyInPandas(centre, "k long, x double").agg(f.sum("x")).first()[0] == pytest.approx(0)


def test_pandas_on_spark(spark):
    import pyspark.pandas as ps

    assert ps.DataFrame({"a": [1, 2, 3]})["a"].sum() == 6


def test_mllib_learns_and_is_saved(spark, path):
    from pyspark.ml.classification import LogisticRegression, LogisticRegressionModel
    from pyspark.ml.clustering import KMeans
    from pyspark.ml.feature import VectorAssembler

    rows = spark.range(200).select((f.col("id") % 2).cast("double").alias("label"), f.rand(1).alias("noise"))
    rows = rows.withColumn("x", f.col("label") * 4 + f.col("noise"))
    data = VectorAssembler(inputCols=["x", "noise"], outputCol="features").transform(rows)
    model = LogisticRegression(maxIter=5).fit(data)
    model.save(path)
    predicted = LogisticRegressionModel.load(path).transform(data)
    assert predicted.where("prediction = label").count() == 200
    assert len(KMeans(k=2, seed=1).fit(data).clusterCenters()) == 2


def test_sql_tables_and_functions(spark, path):
    spark.sql(f"create table numbers using parquet location '{path}' as select id, current_date() as d from range(10)")
    assert spark.sql("select count(*), max(d) from numbers where id > 4").first()[0] == 5
    spark.sql("drop table numbers")
    assert spark.sql("select 'É' collate unicode_ci = 'é' as same").first().same


def test_streaming_keeps_state(spark, path):
    spark.range(10).write.json(f"{path}/in")
    query = (
        spark.readStream.schema("id long").json(f"{path}/in").groupBy((f.col("id") % 2).alias("k")).count()
        .writeStream.outputMode("complete").format("memory").queryName("counts")
        .option("checkpointLocation", f"{path}/state").trigger(availableNow=True).start()
    )  # fmt: skip
    query.awaitTermination(90)
    assert {tuple(row) for row in spark.table("counts").collect()} == {(0, 5), (1, 5)}


def test_bucket_appears_when_spark_first_writes(spark):
    failures = []

    def write(number: int) -> None:
        try:
            spark.range(3).coalesce(1).write.parquet(f"s3a://brand-new-bucket/part{number}")
        except Exception as failure:  # noqa: BLE001 - the test reports it
            failures.append(failure)

    threads = [threading.Thread(target=write, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_data_for_the_restart_test(spark):
    spark.range(1000).write.mode("overwrite").parquet("s3a://suite/kept/")
