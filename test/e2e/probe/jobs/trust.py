"""Opens an address over TLS from Python and from Java, on the driver and on an executor; prints what answered."""

import json
import sys
import urllib.request

from pyspark.sql import SparkSession

address = sys.argv[1]


def opened(_):
    with urllib.request.urlopen(address, timeout=20) as response:
        return response.read().decode()


spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
java = sc._jvm.java.net.URI.create(address).toURL().openStream()
print(
    json.dumps(
        {
            "driver": opened(None),
            "executor": sc.parallelize([1], 1).map(opened).first(),
            "java": sc._jvm.org.apache.commons.io.IOUtils.toString(java, "UTF-8"),
            "executorOptions": sc.getConf().get("spark.executor.defaultJavaOptions"),
        }
    )
)
