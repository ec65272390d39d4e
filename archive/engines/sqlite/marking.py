"""Where a query matches in an article: marked by FTS5 itself, so that stems, phrases and folding
count exactly as they do in the index.

Stands between the engine, which finds articles, and `snippets`, which picks and cuts paragraphs.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import match as sqlite_match
from archive.record import record
from archive.text import passages as snippets
from archive.text.folding import MARK_END, MARK_START

if TYPE_CHECKING:
    from archive.query.nodes import Text

MARKED_WORDS = 100
"""Words of a query that are marked in its hits; further ones are searched all the same."""

LONG_TEXT = 30_000
"""Characters from which an article is marked in pieces: FTS5's highlight copies what it has for
each mark, so its time grows with the square of the length."""


@record
class Matched:
    """What FTS5 marked in one article, folded: the title, and by position each paragraph that has a
    mark."""

    title: str
    paragraphs: dict[int, str]


UNMARKED = Matched("", {})


def matched(
    connection: sqlite3.Connection, article_id: int, texts: Sequence[Text], length: int
) -> Matched:
    """An article of so many characters with the texts of a query marked; `UNMARKED` where it has
    none of them."""
    if not texts:
        return UNMARKED
    if length > LONG_TEXT:
        return _matched_in_pieces(connection, article_id, texts)
    row = connection.execute(
        "SELECT highlight(article_search, 1, :start, :end),"
        " highlight(article_search, 0, :start, :end)"
        " FROM article_search WHERE article_search MATCH :texts AND rowid = :id",
        {
            "start": MARK_START,
            "end": MARK_END,
            "texts": sqlite_match.any_of(texts),
            "id": article_id,
        },
    ).fetchone()
    return _matched(row[0], sqlite.split_body(row[1])) if row else UNMARKED


def _matched(title: str, paragraphs: Iterable[str]) -> Matched:
    marked = {at: text for at, text in enumerate(paragraphs, 1) if MARK_START in text}
    return Matched(title, marked)


def _matched_in_pieces(
    connection: sqlite3.Connection, article_id: int, texts: Sequence[Text]
) -> Matched:
    """As `matched` for a long article: its best pieces are marked, the others are not."""
    folded = "SELECT title, body FROM indexed_text WHERE id = ?"
    title, body = connection.execute(folded, (article_id,)).fetchone()
    paragraphs = [snippets.pieces(text) for text in sqlite.split_body(body)]
    every = [title, *(piece for paragraph in paragraphs for piece in paragraph)]
    words = [replace(text, column=None) for text in texts]
    marked = sqlite.highlight_in_memory(every, sqlite_match.any_of(words))
    shown = iter([marked.get(number, piece) for number, piece in enumerate(every)])
    return _matched(
        next(shown),
        ["".join(itertools.islice(shown, len(pieces))) for pieces in paragraphs],
    )


def marks(text: str, highlighted: str) -> snippets.Marks:
    """Where a highlighted text is marked, in the text as written."""
    return snippets.unfold_marks(text, snippets.read_marks(highlighted))


class Terms:
    """Which of a query's words each marked span is: asked of FTS5 itself, in an index in memory
    that holds the spans."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self._texts = texts
        self._of: dict[str, set[int]] = {}
        self._anywhere = frozenset(n for n, text in enumerate(texts) if not text.column)

    def learn(self, articles: Sequence[Matched]) -> None:
        """Take in the spans of these articles."""
        found = {
            span
            for article in articles
            for text in (article.title, *article.paragraphs.values())
            for span in snippets.spans(text)
        }
        if len(self._texts) == 1:
            self._of = {span: {0} for span in found}
            return
        ordered = sorted(found)
        expressions = [sqlite_match.term(replace(text, column=None)) for text in self._texts]
        self._of = {span: set() for span in ordered}
        for number, rows in enumerate(sqlite.matches_in_memory(ordered, expressions)):
            for row in rows:
                self._of[ordered[row]].add(number)

    def of(self, found: Iterable[str], *, title: bool = False) -> frozenset[int]:
        """The numbers of the query's words that are among the spans."""
        numbers = frozenset().union(*(self._of.get(span, ()) for span in set(found)))
        return numbers if title else numbers & self._anywhere

    def missing(self, seen: frozenset[int]) -> tuple[str, ...]:
        """The query's words that are not among `seen`."""
        return tuple(text.words for n, text in enumerate(self._texts) if n not in seen)
