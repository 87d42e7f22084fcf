"""What the image promises before any Spark job runs."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import pytest

ABOUT = json.loads(Path("/tests/image.json").read_text(encoding="utf-8"))
LABELS = ABOUT["image"]["Config"]["Labels"]
JARS = Path("/opt/spark/jars")


def run(*command: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_labels_say_what_is_inside():
    java = run("java", "-version").stderr
    assert LABELS["pyspark-deploy:spark"] == version("pyspark")
    assert LABELS["pyspark-deploy:python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f'"{LABELS["pyspark-deploy:java"]}.' in java
    assert (JARS / f"hadoop-client-api-{LABELS['pyspark-deploy:hadoop']}.jar").exists()


def test_no_library_is_there_in_two_versions():
    versions = defaultdict(list)
    for jar in JARS.glob("*.jar"):
        match = re.fullmatch(r"(.+?)-v?\d[^-]*(?:-\d+)?(.*)\.jar", jar.name)
        versions[match[1], match[2]].append(jar.name)
    assert [names for names in versions.values() if len(names) > 1] == []


def test_netty_is_of_one_version():
    versions = {match[1] for jar in JARS.glob("netty-*.jar") if (match := re.search(r"-(4\.\d+\.\d+)\.Final", jar.name))}
    assert len(versions) == 1


def test_pip_finds_no_broken_requirements():
    result = run("pip", "check")
    assert result.returncode == 0, result.stdout


def test_pip_knows_pyspark():
    result = run("pip", "install", "--no-index", f"pyspark=={version('pyspark')}")
    assert "already satisfied" in result.stdout


@pytest.mark.parametrize("tool", ["tini", "tmux", "ps", "bash", "java", "spark-submit", "jcmd"])
def test_tool_is_there(tool: str):
    assert shutil.which(tool)


def test_tini_is_the_first_process():
    assert Path("/proc/1/comm").read_text().strip() == "tini"


def test_runs_as_spark_in_folders_that_it_may_write():
    assert run("id", "-un").stdout.strip() == "spark"
    assert os.getuid() == 1000
    for folder in ("/app", "/opt/spark/conf", "/opt/spark/local", "/opt/spark/logs", "/opt/spark/work", "/tmp"):
        assert os.access(folder, os.W_OK), folder


def test_programs_need_not_be_compiled_again():
    import pyspark
    import pyspark.sql.session

    assert Path(pyspark.sql.session.__cached__).exists()
    assert "zip" not in pyspark.__file__


def test_java_trusts_public_certificates():
    listing = run("keytool", "-list", "-cacerts", "-storepass", "changeit").stdout
    assert int(re.search(r"contains (\d+) entries", listing)[1]) > 50
    assert "settings" not in listing


def test_build_settings_stay_outside():
    for leftover in ("/settings", "/build", "/root/.m2", "/etc/pip.conf", "/root/.config/pip"):
        assert not os.path.exists(leftover) or not os.access(leftover, os.R_OK), leftover
    assert [str(p) for p in Path("/etc/apt").rglob("*settings*")] == []
    assert [str(p) for p in Path("/usr/local/share/ca-certificates").rglob("*")] == []
    assert [line for line in ABOUT["history"] if re.search(r"/settings|apt-get|pip install|mvn|maven", line)] == []


def test_spark_submit_works_for_user_spark(submitted):
    assert "total 4950" in submitted.stdout, submitted.stderr[-3000:]


def test_pyspark_shell_has_a_session():
    leader, follower = pty.openpty()
    os.write(leader, b"print('total', spark.range(100).count())\nexit()\n")
    with os.fdopen(follower, "rb") as terminal:
        result = subprocess.run(
            ["pyspark", "--master", "local[1]"], stdin=terminal, capture_output=True, text=True, timeout=120, check=False
        )
    os.close(leader)
    assert "total 100" in result.stdout, result.stderr[-3000:]


def test_python_finds_spark_without_any_environment(tmp_path: Path):
    environment = {"PATH": "/opt/venv/bin:/usr/bin:/bin", "JAVA_HOME": "/opt/java"}
    program = "import pyspark.find_spark_home as home; print(home._find_spark_home())"
    result = run("/opt/venv/bin/python", "-c", program, env=environment, cwd=tmp_path)
    assert list(Path(result.stdout.strip(), "jars").glob("spark-core_*.jar")), result.stderr
