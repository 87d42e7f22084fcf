"""check_versions.py JARS REPOSITORY: fails unless the versions asked for are those
that PySpark's Hadoop was built and tested with.

JARS is PySpark's folder of JARs, REPOSITORY Maven's local one, in which
hadoop-aws' parent POM names its AWS SDK."""

import os
import re
import sys
from pathlib import Path


def fail(message: str) -> None:
    sys.exit(f"check_versions: {message}")


def expect(what: str, asked: str, found: str, source: str) -> None:
    if asked != found:
        fail(f"{what} is {asked}, but {source} has {found}. Set it to {found}.")


jars, repository = map(Path, sys.argv[1:])

hadoop = [match[1] for jar in jars.iterdir() if (match := re.fullmatch(r"hadoop-client-api-(.+)\.jar", jar.name))]
if len(hadoop) != 1:
    fail(f"expected one hadoop-client-api JAR in {jars}, found {len(hadoop)}")
expect("HADOOP_VERSION", os.environ["HADOOP_VERSION"], hadoop[0], f"PySpark {os.environ['SPARK_VERSION']}")

pom = repository / f"org/apache/hadoop/hadoop-project/{hadoop[0]}/hadoop-project-{hadoop[0]}.pom"
properties = dict(re.findall(r"<([\w.-]+)>([^<>]+)</\1>", pom.read_text(encoding="utf-8")))
for variable, name in {
    "AWS_SDK_VERSION": "aws-java-sdk-v2.version",
    "ANALYTICS_ACCELERATOR_VERSION": "amazon-s3-analyticsaccelerator-s3.version",
}.items():
    expect(variable, os.environ[variable], properties.get(name, "none"), pom.name)
