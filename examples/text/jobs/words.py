"""Counts words, their lengths and pairs of them in a dictionary, and checks the counts."""

import argparse
import sys

from pyspark.sql import SparkSession

from wordstats import check, counts, store
from wordstats.text import CORPUS

# Pairs are counted of the most frequent words that have some meaning of their own.
FREQUENT = 300
LETTERS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", default="s3a://words", help="default: %(default)s")
    root = parser.parse_args().root.rstrip("/")

    with SparkSession.builder.appName("words").getOrCreate() as spark:
        store.write_corpus(spark, root, CORPUS)
        lines = counts.split(store.read_corpus(spark, root)).cache()

        word_counts = counts.count_words(lines).cache()
        lengths = counts.count_lengths(word_counts)
        frequent = counts.most_frequent(word_counts, number=FREQUENT, letters=LETTERS)
        pair_counts = counts.count_pairs(lines, [word for word, _ in frequent])
        store.write_counts(spark, root, "words", word_counts)
        store.write_counts(spark, root, "pairs", pair_counts)

        words, pairs = (store.read_counts(spark, root, name) for name in ("words", "pairs"))

    expected_words, expected_lengths, expected_pairs = check.expected(
        number=FREQUENT, letters=LETTERS
    )
    problems = [
        *check.differences("words", words, expected_words),
        *check.differences("lengths", lengths, expected_lengths),
        *check.differences("pairs", pairs, expected_pairs),
    ]
    if problems:
        sys.exit("\n".join(["The result is wrong.", *problems]))
    print_result(words, lengths, pairs, frequent)


def print_result(
    words: dict[str, int],
    lengths: dict[int, int],
    pairs: dict[str, int],
    frequent: list[counts.Count],
) -> None:
    """Prints the most frequent words and pairs, how long words are, then the totals."""
    total = sum(words.values())
    ranked_pairs = sorted(pairs.items(), key=lambda count: (-count[1], count[0]))
    for (word, times), (pair, pair_times) in zip(frequent[:15], ranked_pairs[:15], strict=True):
        print(f"{word:12} {times:7,}    {pair:20} {pair_times:7,}")
    print()
    for length in range(1, 16):
        share = lengths[length] / total
        print(f"{length:2} letters {share:6.1%} {'#' * round(200 * share)}")
    print()
    mean = sum(length * times for length, times in lengths.items()) / total
    print(
        f"words {total:,}, different {len(words):,}, mean length {mean:.2f}, pairs {len(pairs):,}"
    )


if __name__ == "__main__":
    main()
