"""Files of a node: written only when they differ. Python 3.9, standard library."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import stat

# The user that images run Spark as.
SPARK_UID = 1000


def same(path, content, mode, owner):
    """Whether a file is already what it should be."""
    try:
        found = os.stat(path)
        if stat.S_IMODE(found.st_mode) != mode or found.st_uid != owner:
            return False
        with open(path, "rb") as file:
            return file.read() == content
    except FileNotFoundError:
        return False


def write(path, content, mode, owner=0, check=False):
    """Replaces a file in one step, unless it is so already; returns whether it was not."""
    if same(path, content, mode, owner):
        return False
    if not check:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        new = os.path.join(os.path.dirname(path), ".%s.%d" % (os.path.basename(path), os.getpid()))
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            os.fchown(file.fileno(), owner, owner)
            os.fchmod(file.fileno(), mode)
        os.replace(new, path)
    return True


def files_below(folder):
    """The paths of all files below a folder, relative to it."""
    found = []
    for place, _folders, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(place, name), folder) for name in names]
    return found


def write_tree(folder, files, check=False):
    """
    Makes a folder hold exactly these files (path to content and mode), all of them Spark's; returns whether it did not.
    The folder itself is kept, since containers have it mounted.
    """
    changed = False
    for path, (content, mode) in sorted(files.items()):
        changed = write(os.path.join(folder, path), content, mode, SPARK_UID, check) or changed
    for path in set(files_below(folder)) - set(files):
        changed = True
        if not check:
            os.remove(os.path.join(folder, path))
    return changed


def make_folder(path, check=False):
    """Makes a folder that Spark may write to, unless it is there; returns whether it was not."""
    if os.path.isdir(path):
        return False
    if not check:
        os.makedirs(path, mode=0o755)
        os.chown(path, SPARK_UID, SPARK_UID)
    return True
