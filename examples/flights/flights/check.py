"""The same figures from plain pandas, to compare with what Spark found."""

import holidays
import numpy as np
import pandas as pd

from flights import source
from flights.delays import KEYS, MEASURES, ORDINARY_DAY, UNKNOWN, summary


def differences(found: pd.DataFrame) -> list[str]:
    """Says where sums, or the carriers' mean delays, are not what pandas computes."""
    expected = expected_delays()
    return [
        *_different_totals(found, expected),
        *_different_groups(found, expected),
        *_different_means(summary(found, "carrier")["mean_delay"], expected_means()),
    ]


def expected_delays() -> pd.DataFrame:
    """Computes what flights.delays.delays does, from the package's own tables."""
    flights = source.table("flights")
    airlines = source.table("airlines").rename(columns={"name": "airline"})
    airports = source.table("airports")[["faa", "tzone"]]
    weather = source.table("weather")[["origin", "time_hour", "visib", "precip", "wind_speed"]]

    rows = (
        flights.merge(airlines, how="left", on="carrier")
        .merge(airports, how="left", left_on="dest", right_on="faa")
        .merge(weather, how="left", on=["origin", "time_hour"])
    )
    days = pd.to_datetime(rows[["year", "month", "day"]]).dt.date
    calendar = dict(holidays.country_holidays("US", years=2013))
    rows["holiday"] = days.map(calendar).fillna(ORDINARY_DAY)
    rows["zone"] = rows["tzone"].fillna(UNKNOWN)
    rows["weather"] = np.select(
        [rows["visib"].isna(), rows["precip"] > 0, rows["visib"] < 3, rows["wind_speed"] >= 20],
        [UNKNOWN, "rain or snow", "fog", "strong wind"],
        "fair",
    )
    sums = rows.groupby(KEYS).agg(
        flights=("year", "size"),
        departed=("dep_delay", "count"),
        arrived=("arr_delay", "count"),
        departure_delay=("dep_delay", "sum"),
        arrival_delay=("arr_delay", "sum"),
        distance=("distance", "sum"),
    )
    return sums.reset_index()


def expected_means() -> pd.Series:
    """The mean delay on arrival of each carrier, straight from the flights."""
    return source.table("flights").groupby("carrier")["arr_delay"].mean()


def _different_totals(found: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    return [
        f"{measure}: {found[measure].sum():,} in all, not {expected[measure].sum():,.0f}"
        for measure in MEASURES
        if found[measure].sum() != expected[measure].sum()
    ]


def _different_groups(found: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    both = expected.merge(found, how="outer", on=KEYS, suffixes=("_expected", ""))
    lines = []
    for measure in MEASURES:
        wrong = both[both[measure] != both[f"{measure}_expected"]]
        if not wrong.empty:
            first = ", ".join(str(wrong.iloc[0][key]) for key in KEYS)
            lines.append(
                f"{measure}: wrong in {len(wrong):,} of {len(both):,} groups, first {first}"
            )
    return lines


def _different_means(found: pd.Series, expected: pd.Series) -> list[str]:
    return [
        f"mean delay of {carrier}: {found.get(carrier)}, not {mean}"
        for carrier, mean in expected.items()
        if not np.isclose(found.get(carrier, np.nan), mean, rtol=1e-9)
    ]
