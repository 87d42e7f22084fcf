"""Keeps shuffle files and cached blocks on its executors until so many are left; then reads them, and says what it had to make again."""
import sys
import time
from pyspark.sql import SparkSession

ROWS, KEYS, PARTS = 100_000, 1000, 6
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
made = sc.accumulator(0)


def pair(number):
    made.add(1)
    return (number % KEYS, number)


cached = sc.parallelize(range(ROWS), PARTS).map(pair).cache()
sums = cached.reduceByKey(lambda a, b: a + b, PARTS)
before = sums.count()
executors = lambda: sc._jsc.sc().getExecutorMemoryStatus().size() - 1
wanted = int(sys.argv[1])
print("shuffled on", executors(), flush=True)
deadline = time.time() + 120
while executors() > wanted and time.time() < deadline:
    time.sleep(0.2)
print("now on", executors(), flush=True)
total = sums.map(lambda pair: pair[1]).sum()
again = cached.count()
print({"total": total, "rows": again, "made": made.value}, flush=True)
