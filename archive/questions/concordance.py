"""A concordance: every occurrence of a query's words, each with what stands before and after it.

    hits, oldest first (search) -> marks in each text (FTS5) -> lines, in order

Marks come from FTS5 in an index in memory, so that stems, phrases and prefixes count exactly as in
the search. Texts go into it in windows, because `highlight` takes time by the square of a text's
length. Memory holds one batch of windows and the lines asked for, whatever the number of hits.
"""

from __future__ import annotations

import heapq
import itertools
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import match as sqlite_match
from archive.errors import UsageError, unknown
from archive.record import record
from archive.text import passages as snippets
from archive.text.folding import fold
from archive.text.words import plain_words

if TYPE_CHECKING:
    from archive.engines.contract import Found, Index
    from archive.query.nodes import Text
    from archive.query.read import Asked

SORTS = ("date", "left", "right")

CONTEXT = 400
"""Most characters kept on each side of an occurrence."""

_SORTED_WORDS = 8
_BATCH = 200_000
"""Characters that are indexed at once."""
_MOST_WINDOWS = 2000
_OVERLAP = 100
"""Characters that a window sees beyond its end, for each word of the longest phrase."""


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

    @property
    def citation(self) -> str:
        """The address of the paragraph, `12:7`; of the article where it is the title, `12`."""
        return f"{self.article_id}:{self.position}" if self.position else str(self.article_id)


@record
class _Place:
    """A text of a hit: its title (position 0) or a paragraph."""

    article_id: int
    published_on: str
    position: int
    text: str


def concordance(
    connection: sqlite3.Connection, index: Index, asked: Asked, *, sort: str = "date",
    limit: int = 100,
) -> tuple[Line, ...]:  # fmt: skip
    """The first `limit` occurrences of a query's words in its hits, oldest first, or by the words
    to the left or the right of them. `UsageError` for a query without words."""
    if sort not in SORTS:
        raise unknown("sort", sort, SORTS)
    if limit < 0:
        raise UsageError("limit counts from 0")
    if not asked.words:
        raise UsageError("a concordance needs a word or a phrase to look for")
    hits = index.plan(asked.sought).every()
    lines = _lines(_places(connection, hits), asked.words)
    if sort == "date":
        return tuple(itertools.islice(lines, limit))
    return tuple(heapq.nsmallest(limit, lines, key=_before if sort == "left" else _after))


def _before(line: Line) -> list[str]:
    return plain_words(line.left).split()[: -_SORTED_WORDS - 1 : -1]


def _after(line: Line) -> list[str]:
    return plain_words(line.right).split()[:_SORTED_WORDS]


def _places(connection: sqlite3.Connection, hits: Iterable[Found]) -> Iterator[_Place]:
    texts = "SELECT position, text FROM paragraphs WHERE article_id = ? ORDER BY position"
    for hit in hits:
        yield _Place(hit.article_id, hit.published_on, 0, hit.title)
        for position, text in connection.execute(texts, (hit.article_id,)):
            yield _Place(hit.article_id, hit.published_on, position, text)


def _lines(places: Iterable[_Place], texts: Sequence[Text]) -> Iterator[Line]:
    """The occurrences, in order of the places."""
    expression = sqlite_match.any_of(texts)
    longest = max(len(re.findall(r"\w+", fold(text.words))) for text in texts)
    overlap = _OVERLAP * max(0, longest - 1)
    place, seen = None, 0
    for batch in _batches(_windows(places, overlap)):
        for window, marks in zip(batch, _marked(batch, expression), strict=True):
            if window.place is not place:
                place, seen = window.place, 0
            for start, end in marks:
                # What a window sees beyond its end, the next one sees too.
                if max(window.start, seen) <= start < window.end:
                    yield _line(window.place, start, end)
                    seen = end


def _marked(windows: Sequence[_Window], expression: str) -> list[snippets.Marks]:
    """The marks in each window, as offsets in its place's text."""
    texts = [window.place.text[window.start : window.seen] for window in windows]
    columns = [
        (fold(text), "") if window.place.position == 0 else ("", fold(text))
        for window, text in zip(windows, texts, strict=True)
    ]
    found: list[snippets.Marks] = [()] * len(windows)
    for at, highlighted in sqlite.highlight_columns(columns, expression):
        marks = snippets.unfold_marks(texts[at], snippets.read_marks(highlighted))
        first = windows[at].start
        found[at] = tuple((first + start, first + end) for start, end in marks)
    return found


def _line(place: _Place, start: int, end: int) -> Line:
    text = place.text
    return Line(
        place.article_id, place.position, place.published_on, start, end,
        text[max(0, start - CONTEXT) : start], text[start:end], text[end : end + CONTEXT],
    )  # fmt: skip


@record
class _Window:
    """A stretch of a text: occurrences that begin from `start` to `end` are its own, and it sees
    as far as `seen`, so that a phrase across its end is found whole."""

    place: _Place
    start: int
    end: int
    seen: int


def _windows(places: Iterable[_Place], overlap: int) -> Iterator[_Window]:
    for place in places:
        start = 0
        for piece in snippets.pieces(place.text):
            end = start + len(piece)
            yield _Window(place, start, end, _word_end(place.text, end + overlap))
            start = end


def _word_end(text: str, at: int) -> int:
    """The next end of a word, so that no half of one is taken for another."""
    space = text.find(" ", at, at + _OVERLAP)
    return space if space >= 0 else min(at, len(text))


def _batches(windows: Iterable[_Window]) -> Iterator[list[_Window]]:
    """Windows of about so many characters; few at first, for who wants only the first lines."""
    batch: list[_Window] = []
    size, most = 0, _BATCH // 16
    for window in windows:
        batch.append(window)
        size += window.seen - window.start
        if size >= most or len(batch) == _MOST_WINDOWS:
            yield batch
            batch, size, most = [], 0, min(most * 2, _BATCH)
    yield batch
