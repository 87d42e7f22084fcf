"""extra-packages.py FOLDER: fetches the Maven packages in $EXTRA_PACKAGES
(group:artifact:version, separated by spaces) with what they need at run time."""

import os
import re
import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
packages = os.environ["EXTRA_PACKAGES"].split()
wrong = [package for package in packages if not re.fullmatch(r"[\w.-]+:[\w.-]+:[\w.-]+", package)]
if wrong:
    sys.exit(f"extra-packages: expected group:artifact:version, got {', '.join(wrong)}")

if packages:
    dependencies = "".join(
        "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(
            *package.split(":")
        )
        for package in packages
    )
    pom = Path("/build/extra.pom.xml")
    pom.write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>pyspark-deploy</groupId><artifactId>extra</artifactId><version>1</version>"
        f"<packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>",
        encoding="utf-8",
    )
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    subprocess.run(
        ["/build/maven", "--file", pom, goal, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"], check=True
    )
