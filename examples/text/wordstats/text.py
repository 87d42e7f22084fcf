"""The corpus, and what counts as a word in it."""

import regex

# In the image, so on every node.
CORPUS = "/opt/packages/share/gcide/gcide.txt"

WORD = regex.compile(r"\p{Letter}+(?:['’]\p{Letter}+)*")


def is_note(line: str) -> bool:
    """True for a line that is nothing but a remark of the editors, such as [1913 Webster]."""
    stripped = line.strip()
    return stripped.startswith("[") and stripped.endswith("]")


def words_of(line: str) -> list[str]:
    """The words of a line, in lower case; an apostrophe inside belongs to the word."""
    return WORD.findall(line.lower())
