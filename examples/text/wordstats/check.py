"""The same statistics in plain Python, to compare with what Spark found."""

from collections import Counter
from collections.abc import Mapping
from itertools import islice, pairwise

from wordstats.text import CORPUS, is_note, words_of

Counts = Mapping[object, int]


def expected(number: int, letters: int) -> tuple[Counter[str], Counter[int], Counter[str]]:
    """Counts words, lengths, and pairs of the most frequent words with so many letters."""
    # As in Spark, the few bytes that are not UTF-8 become replacement characters.
    with open(CORPUS, encoding="utf-8", errors="replace") as text:
        lines = [words_of(line) for line in text if not is_note(line)]
    words = Counter(word for line in lines for word in line)
    lengths = Counter(len(word) for line in lines for word in line)
    ranking = sorted(words, key=lambda word: (-words[word], word))
    frequent = set(islice((word for word in ranking if len(word) >= letters), number))
    pairs = Counter(
        f"{first} {second}"
        for line in lines
        for first, second in pairwise(line)
        if first in frequent and second in frequent
    )
    return words, lengths, pairs


def differences(name: str, found: Counts, expected: Counts) -> list[str]:
    """Says how many counts differ, and the first that does."""
    wrong = sorted(
        (key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)),
        key=str,
    )
    if not wrong:
        return []
    first = wrong[0]
    return [
        f"{name}: {len(wrong):,} of {len(expected):,} counts differ, "
        f"the first is {first!r}: {found.get(first)}, not {expected.get(first)}"
    ]
