"""jars.py: what lies in Spark's folder of JARs.

  jars.py merge SPARK ADDED    moves into SPARK what it does not have yet
  jars.py prune FOLDER RULES   removes the groups in RULES, but for those in $KEEP
  jars.py check FOLDER         fails when an artifact is there in two versions"""

import fnmatch
import os
import platform
import re
import shutil
import sys
import zipfile
from collections import defaultdict
from pathlib import Path


# Spark has jcl-over-slf4j in its place.
UNWANTED = {"commons-logging"}

JAR = re.compile(
    r"""(?P<artifact>.+?)
        -v?\d[\w.]*? (?:[.-](?:Final|RELEASE|jre|[Mm]\d+))* (?:-\d+)?   # version
        (?P<classifier>-[A-Za-z][\w-]*)?
        \.jar""",
    re.VERBOSE,
)


def artifact(name: str) -> tuple[str, str]:
    """The artifact of a JAR's file name, and its classifier or nothing."""
    match = JAR.fullmatch(name)
    return (match["artifact"], match["classifier"] or "") if match else (name, "")


def merge(spark: Path, added: Path) -> None:
    """Spark's own version of a library wins: it is the one Spark was tested with."""
    present = {artifact(jar.name) for jar in spark.iterdir()}
    for jar in sorted(added.iterdir()):
        if artifact(jar.name) in present or artifact(jar.name)[0] in UNWANTED:
            print(f"left out {jar.name}: Spark has its own")
        else:
            shutil.move(jar, spark / jar.name)


def rules(file: Path) -> dict[str, list[str]]:
    """Group to patterns. A pattern with "!" in it is JAR!entry, else it names JARs."""
    groups: dict[str, list[str]] = defaultdict(list)
    for line in file.read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if words:
            groups[words[0]] += words[1:]
    return groups


def without(jar: Path, patterns: list[str]) -> None:
    """Rewrites a JAR without the entries that match; its date stays."""
    before, rewritten = jar.stat(), jar.with_suffix(".tmp")
    with zipfile.ZipFile(jar) as old:
        dropped = {name for name in old.namelist() for pattern in patterns if fnmatch.fnmatchcase(name, pattern)}
        if not dropped:
            return
        with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                if entry.filename not in dropped:
                    new.writestr(entry, old.read(entry))
    rewritten.replace(jar)
    os.utime(jar, ns=(before.st_atime_ns, before.st_mtime_ns))
    jar.chmod(before.st_mode & 0o777)
    print(f"{jar.name}: {before.st_size} to {jar.stat().st_size} bytes")


def prune(folder: Path, file: Path) -> None:
    groups = rules(file)
    keep = set(os.environ.get("KEEP", "").split())
    keep.add(f"only-{platform.machine()}")
    unknown = {name for name in keep if not name.startswith("only-")} - set(groups)
    if unknown:
        sys.exit(f"jars.py: KEEP names {', '.join(sorted(unknown))}; there is only {', '.join(groups)}")
    for patterns in (patterns for group, patterns in groups.items() if group not in keep):
        entries: dict[str, list[str]] = defaultdict(list)
        for pattern in patterns:
            jars, _, inside = pattern.partition("!")
            if inside:
                entries[jars].append(inside)
                continue
            for path in sorted(folder.glob(jars)):
                print(f"removed {path.name}")
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for jars, inside_all in entries.items():
            for path in sorted(folder.glob(jars)):
                without(path, inside_all)


def check(folder: Path) -> None:
    versions: dict[tuple[str, str], list[str]] = defaultdict(list)
    for jar in sorted(folder.glob("*.jar")):
        versions[artifact(jar.name)].append(jar.name)
    twice = [names for names in versions.values() if len(names) > 1]
    if twice:
        sys.exit("jars.py: two versions of one artifact: " + "; ".join(" ".join(names) for names in twice))


if __name__ == "__main__":
    {"merge": merge, "prune": prune, "check": check}[sys.argv[1]](*map(Path, sys.argv[2:]))
