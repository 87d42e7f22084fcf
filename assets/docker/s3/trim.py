"""trim.py JAR OUT: copies S3Proxy's JAR without the clients of other people's clouds,
which a server on a folder never loads."""

import sys
import zipfile
from pathlib import Path

DROPPED = (
    "com/azure/", "com/google/api/", "com/google/apps/", "com/google/cloud/", "com/google/iam/",
    "com/google/shopping/", "com/google/storage/", "com/microsoft/", "com/sun/jna/",
    "google/", "org/apache/sshd/", "org/openstack4j/", "reactor/",
)  # fmt: skip

source, target = map(Path, sys.argv[1:])
target.parent.mkdir(parents=True, exist_ok=True)
with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
    for entry in old.infolist():
        if not entry.filename.startswith(DROPPED):
            new.writestr(entry, old.read(entry))
print(f"{source.name}: {source.stat().st_size} to {target.stat().st_size} bytes")
