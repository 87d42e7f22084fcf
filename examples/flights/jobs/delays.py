"""Sums up delays by month, carrier, destination, holiday and weather, and checks every sum."""

import argparse
import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from flights import check, store
from flights.delays import MEASURES, delays, summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", default="s3a://flights", help="default: %(default)s")
    root = parser.parse_args().root.rstrip("/")

    with SparkSession.builder.appName("flight delays").getOrCreate() as spark:
        tables = {name: store.read_raw(spark, root, name) for name in store.SCHEMAS}
        store.write_delays(delays(**tables), root)
        result = store.read_delays(spark, root).cache()

        problems = list(wrong_committer(spark, root)) + list(wrong_figures(result))
        if problems:
            sys.exit("\n".join(["The result is wrong.", *problems]))
        print_result(result)


def wrong_committer(spark: SparkSession, root: str) -> list[str]:
    """Complains when the result on S3 was not committed by the magic committer."""
    path = store.delays_path(root)
    if not path.startswith("s3a:"):
        return []
    committer = store.committer(spark, path)
    return [] if committer == "magic" else [f"{path}: the committer was {committer}, not magic"]


def wrong_figures(result: DataFrame) -> list[str]:
    """Complains where Spark and pandas differ."""
    carriers = summary(result, "carrier").toPandas().set_index("carrier")
    return check.differences(result.toPandas(), carriers["mean_delay"])


def print_result(result: DataFrame) -> None:
    """Prints the mean delay on arrival by airline, holiday and weather, then the totals."""
    for key in ("airline", "holiday", "weather"):
        table = summary(result, key).toPandas()
        print(table.to_string(index=False, float_format="{:.1f}".format), end="\n\n")
    sums = result.agg(*(F.sum(measure).alias(measure) for measure in MEASURES)).first()
    print(", ".join(f"{measure.replace('_', ' ')} {sums[measure]:,}" for measure in MEASURES))


if __name__ == "__main__":
    main()
