"""Sums up delays by month, carrier, destination, holiday and weather, and checks every sum."""

import argparse
import sys

import pandas as pd
from pyspark.sql import SparkSession

from flights import check, store
from flights.delays import MEASURES, delays, summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", default="s3a://flights", help="default: %(default)s")
    root = parser.parse_args().root.rstrip("/")

    with SparkSession.builder.appName("flight delays").getOrCreate() as spark:
        tables = {name: store.read_raw(spark, root, name) for name in store.SCHEMAS}
        store.write_delays(delays(**tables), root)
        committer = store.committer(spark, root)
        # A few thousand sums: small enough for pandas.
        sums = store.read_delays(spark, root).toPandas()

    problems = check.differences(sums)
    if root.startswith("s3a:") and committer != "magic":
        problems.append(f"committed by {committer}, not by the magic committer")
    if problems:
        sys.exit("\n".join(["The result is wrong.", *problems]))
    print_result(sums)


def print_result(sums: pd.DataFrame) -> None:
    """Prints the mean delay on arrival by airline, holiday and weather, then the totals."""
    for key in ("airline", "holiday", "weather"):
        table = summary(sums, key).reset_index()
        print(table.to_string(index=False, float_format="{:.1f}".format), end="\n\n")
    print(", ".join(f"{measure.replace('_', ' ')} {sums[measure].sum():,}" for measure in MEASURES))


if __name__ == "__main__":
    main()
