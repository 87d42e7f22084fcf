"""Makes shuffle files on argv[1] executors, waits until one is lost, reads them again; says what ran for that."""

import json
import sys
import time
import urllib.request
from operator import add

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext


def ask(what):
    """Spark's REST API of this very application."""
    with urllib.request.urlopen(f"{context.uiWebUrl}/api/v1/applications/{context.applicationId}/{what}") as answer:
        return json.load(answer)


def executors():
    return [one for one in ask("allexecutors") if one["id"] != "driver"]


def lost():
    return [one for one in executors() if not one["isActive"]]


def wait_until(condition):
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.5)


wait_until(lambda: len(executors()) == int(sys.argv[1]))
totals = context.parallelize(range(120_000), 12).map(lambda n: (n % 500, n)).reduceByKey(add, 6)
first = sorted(totals.collect())
print("made", flush=True)
wait_until(lost)
second = sorted(totals.collect())
keys = ("stageId", "attemptId", "status", "numCompleteTasks", "numFailedTasks")
print(
    json.dumps(
        {
            "same": first == second,
            "sum": sum(total for _, total in second),
            "stages": sorted([[stage[key] for key in keys] for stage in ask("stages")]),
            "lost": [[one["removeReason"], one["totalShuffleWrite"] > 0] for one in lost()],
        }
    )
)
