from pathlib import Path

import pytest
from pyspark import RDD
from pyspark.sql import SparkSession

from wordstats import check, counts, store
from wordstats.text import is_note, words_of

TEXT = [
    "The ship, the SHIP's mate and the ship's bell.",
    "   [1913 Webster]",
    "Naïve sailors; 2 bells [see {Bell}].",
    "",
    "the bell",
]


@pytest.fixture
def lines(spark: SparkSession) -> RDD[list[str]]:
    """The words of the small text, spread over partitions."""
    return counts.split(spark.sparkContext.parallelize(TEXT, 3))


def test_words_keep_apostrophes_and_accents_and_lose_the_rest() -> None:
    assert words_of("The SHIP's 2 'bells'; naïve{x}") == ["the", "ship's", "bells", "naïve", "x"]


def test_only_a_line_that_is_all_remark_is_a_note() -> None:
    assert [is_note(line) for line in TEXT] == [False, True, False, False, False]


def test_words_are_counted_across_partitions(lines: RDD[list[str]]) -> None:
    found = counts.count_words(lines).collectAsMap()
    assert (found["the"], found["bell"], found["ship's"], found["naïve"]) == (4, 3, 2, 1)
    assert "webster" not in found


def test_pairs_stay_within_a_line_and_among_the_given_words(lines: RDD[list[str]]) -> None:
    found = counts.count_pairs(lines, ["the", "ship", "ship's", "bell"]).collectAsMap()
    assert found == {"the ship": 1, "ship the": 1, "the ship's": 2, "ship's bell": 1, "the bell": 1}


def test_words_of_equal_rank_come_in_alphabetical_order(lines: RDD[list[str]]) -> None:
    words = counts.count_words(lines)
    assert counts.most_frequent(words, number=2) == [("the", 4), ("bell", 3)]
    assert counts.most_frequent(words, number=3, letters=5) == [
        ("ship's", 2),
        ("bells", 1),
        ("naïve", 1),
    ]


def test_lengths_add_up_to_all_words(lines: RDD[list[str]]) -> None:
    words = counts.count_words(lines)
    lengths = counts.count_lengths(words)
    assert lengths == {3: 6, 4: 5, 5: 2, 6: 2, 7: 1}
    assert sum(lengths.values()) == words.values().sum()


def test_text_and_counts_survive_the_way_to_disk_and_back(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "source.txt").write_text("\n".join(TEXT), encoding="utf-8")
    store.write_corpus(spark, str(tmp_path), str(tmp_path / "source.txt"))
    assert sorted(store.read_corpus(spark, str(tmp_path)).collect()) == sorted(TEXT)

    numbers = spark.sparkContext.parallelize([("naïve", 1), ("the ship", 2**40)])
    store.write_counts(spark, str(tmp_path), "pairs", numbers)
    assert store.read_counts(spark, str(tmp_path), "pairs") == {"naïve": 1, "the ship": 2**40}


def test_differences_name_the_first_wrong_count() -> None:
    assert check.differences("words", {"a": 1}, {"a": 1}) == []
    assert check.differences("words", {"a": 1, "b": 2}, {"a": 3, "c": 4}) == [
        "words: 3 of 2 counts differ, the first is 'a': 1, not 3"
    ]
