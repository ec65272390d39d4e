"""A concordance: every occurrence of a query's words, each with what stands before and after it.

    hits, oldest first (search) -> evidence in each text (query.matching) -> lines, in order

Memory holds one article and some of the lines, whatever their number.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archive.address import Address
from archive.errors import UsageError, unknown
from archive.query.walk import positive_texts
from archive.questions.in_order import in_order
from archive.record_class import record
from archive.text.words import plain_words

if TYPE_CHECKING:
    from archive.engines.finding import Index
    from archive.query.read import Asked

SORTS = ("date", "left", "right")

CONTEXT = 400
"""Most characters kept on each side of an occurrence."""

_SORTED_WORDS, _NEAREST = 8, 90


@record
class Line:
    """One occurrence: `key` is text[start:end] of the paragraph as written, `left` and `right` what
    stands beside it there, up to `CONTEXT` characters. `position` is 0 for the title."""

    article_id: int
    position: int
    published_on: str
    start: int
    end: int
    left: str
    key: str
    right: str
    version: int | None = None

    @property
    def citation(self) -> str:
        """The address of the paragraph, `12:7`, `12@1:7` in a replaced version; of the article
        where it is the title, `12`."""
        place = self.position or None
        return str(Address(self.article_id, self.version, place, place))


def concordance(
    index: Index, asked: Asked, *, sort: str = "date", limit: int = 100
) -> Iterator[Line]:
    """The first `limit` occurrences of a query's words in its hits, oldest first, or by the words
    to the left or the right of them, read as they are asked for. `UsageError` for a query without
    words."""
    if sort not in SORTS:
        raise unknown("sort", sort, SORTS)
    if limit < 0:
        raise UsageError("limit counts from 0")
    if not positive_texts(asked.listed):
        raise UsageError("a concordance needs a word or a phrase to look for")
    lines = _lines(index, asked)
    if sort == "date":
        return itertools.islice(lines, limit)
    return in_order(lines, _before if sort == "left" else _after, limit)


def _before(line: Line) -> list[str]:
    words = plain_words(line.left[-_NEAREST:]).split()
    if len(words) <= _SORTED_WORDS:  # the first of them may be cut
        words = plain_words(line.left).split()
    return words[: -_SORTED_WORDS - 1 : -1]


def _after(line: Line) -> list[str]:
    words = plain_words(line.right[:_NEAREST]).split()
    if len(words) <= _SORTED_WORDS:  # the last of them may be cut
        words = plain_words(line.right).split()
    return words[:_SORTED_WORDS]


def _lines(index: Index, asked: Asked) -> Iterator[Line]:
    """The occurrences, in order of the articles and of their texts."""
    hits, same = itertools.tee(index.plan(asked.sought).every())
    marks = index.mark((hit.address for hit in same), asked.listed)
    for hit, marked in zip(hits, marks, strict=True):
        texts = (hit.title, *marked.texts)
        for position, spans in [(0, marked.title), *marked.paragraphs.items()]:
            text = texts[position]
            for start, end, _ in spans:
                yield Line(
                    hit.article_id, position, hit.published_on, start, end,
                    text[max(0, start - CONTEXT) : start],
                    text[start:end],
                    text[end : end + CONTEXT],
                    hit.version,
                )  # fmt: skip
