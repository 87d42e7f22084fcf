"""The services that people start from the image."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def service(log: Path, *command: str, **environment: str) -> Iterator[None]:
    """A process that runs meanwhile."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def wait(log: Path, ready: Callable[[], object], seconds: float = 90):
    """Waits until something answers, or shows the service's last words."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := ready():
                return found
            last = "not yet"
        except OSError as failure:
            last = str(failure)
        assert time.monotonic() < deadline, f"{last}\n{log.read_text()[-3000:]}"
        time.sleep(0.2)


def options(settings: dict[str, str]) -> list[str]:
    return [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]


CLIENT = """
from pyspark.sql import SparkSession, functions as f
from pyspark.sql.functions import pandas_udf
spark = SparkSession.builder.remote("sc://127.0.0.1:15002").getOrCreate()
twice = f.udf(lambda x: x * 2, "long")
spark.range(100).select(twice("id").alias("x")).write.mode("overwrite").parquet("s3a://suite/connect/")
print("total", spark.read.parquet("s3a://suite/connect/").toPandas()["x"].sum())
"""


def test_spark_connect_answers_a_client(settings, tmp_path):
    log = tmp_path / "connect.log"
    command = ["spark-submit", "--master", "local[2]", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += ["--conf", "spark.ui.enabled=false", *options(settings), "spark-internal"]
    with service(log, *command):
        wait(log, lambda: socket.create_connection(("127.0.0.1", 15002), 1))
        client = subprocess.run([sys.executable, "-c", CLIENT], capture_output=True, text=True, check=False)
    assert "total 9900" in client.stdout, client.stderr[-2000:] + log.read_text()[-2000:]


def test_history_server_lists_applications_from_s3(submitted, settings, tmp_path):
    application = submitted.stdout.split()[-1]
    log, conf = tmp_path / "history.log", tmp_path / "history.conf"
    conf.write_text(
        "".join(f"{key} {value}\n" for key, value in settings.items())
        + "spark.history.fs.logDirectory s3a://suite/events/\nspark.history.fs.update.interval 2s\n"
    )
    arguments = ["org.apache.spark.deploy.history.HistoryServer", "--properties-file", str(conf)]

    def applications() -> set[str]:
        with urllib.request.urlopen("http://127.0.0.1:18080/api/v1/applications", timeout=5) as answer:
            return {application["id"] for application in json.load(answer)}

    with service(log, "spark-class", *arguments, SPARK_DAEMON_MEMORY="512m"):
        wait(log, lambda: application in applications())


def test_master_and_worker_find_each_other(tmp_path):
    log = tmp_path / "master.log"
    with (
        service(log, "spark-class", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--webui-port", "8180"),
        service(tmp_path / "worker.log", "spark-class", "org.apache.spark.deploy.worker.Worker", "spark://127.0.0.1:7077",
                "--cores", "1", "--memory", "1g", "--webui-port", "8181"),
    ):  # fmt: skip

        def alive() -> bool:
            with urllib.request.urlopen("http://127.0.0.1:8180/json/", timeout=5) as answer:
                return json.load(answer)["aliveworkers"] == 1

        wait(log, alive)
