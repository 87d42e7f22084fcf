"""Makes shuffle files, waits until an executor is lost, reads the files again; says what ran for that and on what."""

import json
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


def lost():
    return [one for one in ask("allexecutors") if not one["isActive"]]


totals = context.parallelize(range(120_000), 12).map(lambda n: (n % 500, n)).reduceByKey(add, 6)
first = sorted(totals.collect())
print("made", flush=True)
deadline = time.monotonic() + 240
while not lost() and time.monotonic() < deadline:
    time.sleep(0.5)
second = sorted(totals.collect())
stages = [{key: stage[key] for key in ("stageId", "attemptId", "status", "numCompleteTasks", "numFailedTasks")} for stage in ask("stages")]
reasons = [executor.get("removeReason") for executor in lost()]
print(json.dumps({"same": first == second, "sum": sum(total for _, total in second), "stages": stages, "lost": reasons}))
