"""The corpus and the counts, as files below one root such as s3a://words."""

from pyspark import RDD
from pyspark.sql import SparkSession

from wordstats.counts import PARTITIONS, Count


def write_corpus(spark: SparkSession, root: str, local_file: str) -> None:
    """Puts a text file that every node has below the root; each node reads its own copy."""
    spark.read.text(f"file://{local_file}").write.mode("overwrite").text(f"{root}/corpus")


def read_corpus(spark: SparkSession, root: str) -> RDD[str]:
    """The lines of the corpus, as an RDD."""
    return spark.sparkContext.textFile(f"{root}/corpus", PARTITIONS)


def write_counts(spark: SparkSession, root: str, name: str, counts: RDD[Count]) -> None:
    """Saves counts as Parquet."""
    # Not rdd.saveAsTextFile: its old interface goes past the committer that is made for S3.
    frame = spark.createDataFrame(counts, "words string, occurrences long")
    frame.write.mode("overwrite").parquet(f"{root}/{name}")


def read_counts(spark: SparkSession, root: str, name: str) -> dict[str, int]:
    """Reads counts back."""
    rows = spark.read.parquet(f"{root}/{name}").collect()
    return {row.words: row.occurrences for row in rows}
