"""Word statistics by RDD."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, pairwise
from operator import add

from pyspark import RDD

from wordstats.text import is_note, words_of

PARTITIONS = 8

Count = tuple[str, int]


def split(lines: RDD[str]) -> RDD[list[str]]:
    """The words of each line, without the editors' notes."""
    return lines.filter(lambda line: not is_note(line)).map(words_of)


def count_words(lines: RDD[list[str]]) -> RDD[Count]:
    """How often each word occurs."""
    return _sum_up(lines.mapPartitions(lambda part: _count(chain.from_iterable(part))))


def count_pairs(lines: RDD[list[str]], words: Collection[str]) -> RDD[Count]:
    """How often two of the given words stand side by side in a line."""
    # Sent once to each executor, not with each task.
    wanted = lines.context.broadcast(frozenset(words))

    def pairs(part: Iterable[list[str]]) -> Iterator[str]:
        known = wanted.value
        for line in part:
            for first, second in pairwise(line):
                if first in known and second in known:
                    yield f"{first} {second}"

    return _sum_up(lines.mapPartitions(lambda part: _count(pairs(part))))


def count_lengths(counts: RDD[Count]) -> dict[int, int]:
    """How many words of the text have each length."""
    lengths = counts.map(lambda count: (len(count[0]), count[1]))
    return dict(lengths.reduceByKey(add, PARTITIONS).sortByKey().collect())


def most_frequent(counts: RDD[Count], number: int, letters: int = 1) -> list[Count]:
    """The most frequent words that have at least so many letters, in a fixed order."""
    long_enough = counts.filter(lambda count: len(count[0]) >= letters)
    return long_enough.takeOrdered(number, key=lambda count: (-count[1], count[0]))


def _count(items: Iterable[str]) -> Iterable[Count]:
    return Counter(items).items()


def _sum_up(counts: RDD[Count]) -> RDD[Count]:
    # Each partition was counted by Python's Counter first: far fewer pairs to shuffle.
    return counts.reduceByKey(add, PARTITIONS)
