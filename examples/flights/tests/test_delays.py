from datetime import date

import pandas as pd
import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from flights import check, store
from flights.delays import ORDINARY_DAY, UNKNOWN, delays, holiday_name, summary


def table(spark: SparkSession, name: str, *rows: dict[str, object]) -> DataFrame:
    """A table with the real schema; columns that are not given are null."""
    schema = StructType.fromDDL(store.SCHEMAS[name])
    text = [
        [None if row.get(field) is None else str(row[field]) for field in schema.names]
        for row in rows
    ]
    frame = spark.createDataFrame(text, ", ".join(f"{field} string" for field in schema.names))
    return frame.select(*(F.col(field.name).cast(field.dataType) for field in schema))


def flight(**changes: object) -> dict[str, object]:
    """An ordinary flight of the third of July 2013, with changes."""
    ordinary = {
        "year": 2013, "month": 7, "day": 3, "carrier": "UA", "origin": "EWR", "dest": "IAH",
        "time_hour": "2013-07-03T10:00:00Z", "dep_delay": 5, "arr_delay": -3, "distance": 1400,
    }  # fmt: skip
    return ordinary | changes


def small_delays(spark: SparkSession, *flights: dict[str, object]) -> list[Row]:
    """The delays of a few flights of one airline to one airport, with one hour of weather."""
    return delays(
        flights=table(spark, "flights", *flights),
        airlines=table(spark, "airlines", {"carrier": "UA", "name": "United Air Lines Inc."}),
        airports=table(spark, "airports", {"faa": "IAH", "tzone": "America/Chicago"}),
        weather=table(
            spark,
            "weather",
            {"origin": "EWR", "time_hour": "2013-07-03T10:00:00Z", "visib": 10, "precip": 0},
        ),
    ).collect()


def test_holidays_are_named_and_other_days_are_null(spark: SparkSession) -> None:
    days = spark.createDataFrame([(date(2013, 7, 4),), (date(2013, 7, 5),)], "day date")
    names = [row[0] for row in days.select(holiday_name("day")).collect()]
    assert names == ["Independence Day", None]


def test_a_cancelled_flight_counts_but_adds_no_delay(spark: SparkSession) -> None:
    cancelled = flight(dep_delay=None, arr_delay=None)
    [row] = small_delays(spark, flight(), flight(arr_delay=11), cancelled)
    assert (row.flights, row.departed, row.arrived) == (3, 2, 2)
    assert (row.departure_delay, row.arrival_delay, row.distance) == (10, 8, 4200)


def test_a_group_of_cancelled_flights_has_sums_of_zero(spark: SparkSession) -> None:
    [row] = small_delays(spark, flight(dep_delay=None, arr_delay=None))
    assert (row.flights, row.departed, row.departure_delay, row.arrival_delay) == (1, 0, 0, 0)


def test_flights_without_airport_or_weather_are_kept(spark: SparkSession) -> None:
    [row] = small_delays(spark, flight(dest="SJU", time_hour="2013-07-03T11:00:00Z"))
    assert (row.flights, row.zone, row.weather) == (1, UNKNOWN, UNKNOWN)
    [row] = small_delays(spark, flight())
    assert (row.zone, row.weather, row.holiday) == ("America/Chicago", "fair", ORDINARY_DAY)


@pytest.fixture(scope="module")
def whole_year(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """What the two jobs make of the whole package."""
    root = str(tmp_path_factory.mktemp("flights"))
    for name in store.SCHEMAS:
        store.write_raw(spark, root, name)
    tables = {name: store.read_raw(spark, root, name) for name in store.SCHEMAS}
    store.write_delays(delays(**tables), root)
    return store.read_delays(spark, root).toPandas()


def test_the_whole_year_agrees_with_pandas(whole_year: pd.DataFrame) -> None:
    assert whole_year["flights"].sum() == 336_776
    assert check.differences(whole_year) == []


def test_a_lost_flight_and_a_wrong_delay_are_reported(whole_year: pd.DataFrame) -> None:
    wrong = whole_year.copy()
    wrong.loc[0, "flights"] -= 1
    wrong.loc[0, "arrival_delay"] += 1_000
    reported = "\n".join(check.differences(wrong))
    assert "flights: 336,775 in all, not 336,776" in reported
    assert "arrival_delay: 2,258,174 in all, not 2,257,174" in reported
    assert "flights: wrong in 1 of " in reported
    assert f"mean delay of {wrong.loc[0, 'carrier']}: " in reported


def test_a_summary_divides_by_the_flights_that_arrived(whole_year: pd.DataFrame) -> None:
    weather = summary(whole_year, "weather")
    assert weather["cancelled"].sum() == 336_776 - 328_521
    assert weather.loc["fair", "mean_delay"] == pytest.approx(4.4, abs=0.05)
