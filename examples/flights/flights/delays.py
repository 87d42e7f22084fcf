"""Joins flights with what may explain a delay, and sums the delays up."""

import holidays
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

KEYS = ["month", "carrier", "airline", "zone", "holiday", "weather"]
MEASURES = ["flights", "departed", "arrived", "departure_delay", "arrival_delay", "distance"]

ORDINARY_DAY = "ordinary day"
UNKNOWN = "unknown"


@F.pandas_udf(StringType())
def holiday_name(days: pd.Series) -> pd.Series:
    """Names the US holiday of each day; null on other days."""
    calendar = holidays.country_holidays("US")
    return days.map({day: calendar.get(day) for day in days.unique()})


def weather_kind() -> Column:
    """Sorts the weather at departure into a few kinds; the first that fits counts."""
    return (
        F.when(F.col("visib").isNull(), UNKNOWN)
        .when(F.col("precip") > 0, "rain or snow")
        .when(F.col("visib") < 3, "fog")
        .when(F.col("wind_speed") >= 20, "strong wind")
        .otherwise("fair")
    )


def delays(
    flights: DataFrame, airlines: DataFrame, airports: DataFrame, weather: DataFrame
) -> DataFrame:
    """Sums flights and minutes of delay for each combination of KEYS.

    A cancelled flight counts as a flight that has neither departed nor arrived. All joins keep
    flights that find no partner: some airports and hours are missing from the tables.
    """
    airline_names = airlines.select("carrier", F.col("name").alias("airline"))
    zones = airports.select(F.col("faa").alias("dest"), F.col("tzone").alias("zone"))
    conditions = weather.select("origin", "time_hour", "visib", "precip", "wind_speed")
    day = F.make_date("year", "month", "day")
    return (
        flights.withColumn("holiday", F.coalesce(holiday_name(day), F.lit(ORDINARY_DAY)))
        .join(F.broadcast(airline_names), "carrier", "left")
        .join(F.broadcast(zones), "dest", "left")
        .join(F.broadcast(conditions), ["origin", "time_hour"], "left")
        .withColumn("zone", F.coalesce("zone", F.lit(UNKNOWN)))
        .withColumn("weather", weather_kind())
        .groupBy(*KEYS)
        .agg(
            F.count("*").alias("flights"),
            F.count("dep_delay").alias("departed"),
            F.count("arr_delay").alias("arrived"),
            F.coalesce(F.sum("dep_delay"), F.lit(0)).alias("departure_delay"),
            F.coalesce(F.sum("arr_delay"), F.lit(0)).alias("arrival_delay"),
            F.sum("distance").alias("distance"),
        )
    )


def summary(sums: pd.DataFrame, key: str) -> pd.DataFrame:
    """Flights, those cancelled, and the mean delay on arrival for each value of a key."""
    rows = sums.groupby(key)[MEASURES].sum()
    return pd.DataFrame(
        {
            "flights": rows["flights"],
            "cancelled": rows["flights"] - rows["departed"],
            "mean_delay": rows["arrival_delay"] / rows["arrived"],
        }
    ).sort_values("mean_delay", ascending=False)
