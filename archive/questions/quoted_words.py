"""The words of a quotation and of what it is compared with: a number is one word with its sign,
currency and percent sign, a word keeps its apostrophes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from archive.record_class import record
from archive.text.folding import fold, offsets, unfolded
from archive.text.numbers import signed
from archive.text.words import pattern, plain


@record
class Word:
    """A word: as it is compared, the same without signs and apostrophes, as the index is asked for
    it, and where it begins in its text."""

    plain: str
    bare: str
    term: str
    text: str
    start: int


_SHAPE = r"(?:(?<!W)(?<!\.)\.(?=\d))?W+(?:(?:['’ʼ]|(?<=\d)[.,](?=\d))W+)*+"
"""A word with the apostrophes within it, and a number with its points."""


def as_compared(folded: str) -> Iterator[tuple[str, str, int, str]]:
    """The words of a folded text: as compared, the same without signs and apostrophes, where each
    begins with its signs, and without them as written."""
    before = 0
    for found in pattern(_SHAPE, folded).finditer(folded):
        word, first = found[0], found.start()
        if word.lstrip(".")[0].isdigit():
            word, first = signed(folded, *found.span())
        yield _plain(word), _plain(found[0]).replace("'", ""), max(first, before), found[0]
        before = found.end()


def words_of(text: str) -> list[Word]:
    """The words of a text in order."""
    folded = fold(text)
    places = None if folded is text else offsets(text)
    words = []
    for word, bare, first, term in as_compared(folded):
        start = first if places is None else unfolded(places, first, first + 1)[0]
        words.append(Word(word, bare, term, text, start))
    return words


@lru_cache(maxsize=50_000)
def _plain(word: str) -> str:
    """A word without case and accents, and with one form of apostrophe."""
    return plain(re.sub("[’ʼ]", "'", word.casefold()))
