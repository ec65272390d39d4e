"""Where a query matches in an article: marked by FTS5 itself, so that stems, phrases and folding
count exactly as they do in the index.

Stands between the engine, which finds articles, and `snippets`, which picks and cuts paragraphs.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.engines.contract import Marked
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import match as sqlite_match
from archive.engines.sqlite.articles import Articles
from archive.text import passages as snippets
from archive.text.folding import MARK_END, MARK_START

if TYPE_CHECKING:
    from archive.query.nodes import Text

LONG_TEXT = 30_000
"""Characters from which an article is marked in pieces: FTS5's highlight copies what it has for
each mark, so its time grows with the square of the length."""


def marked(connection: sqlite3.Connection, article_id: int, texts: Sequence[Text]) -> Marked:
    """An article with the words of a query marked in it."""
    written = Articles(connection).paragraphs(article_id)
    if not texts:
        return Marked(written, "", {})
    if sum(map(len, written)) > LONG_TEXT:
        title, paragraphs = _marked_in_pieces(connection, article_id, texts)
    else:
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
        title, paragraphs = (row[0], sqlite.split_body(row[1])) if row else ("", [])
    found = {at: text for at, text in enumerate(paragraphs, 1) if MARK_START in text}
    return Marked(written, title, found)


def _marked_in_pieces(
    connection: sqlite3.Connection, article_id: int, texts: Sequence[Text]
) -> tuple[str, list[str]]:
    """Title and paragraphs of a long article: its best pieces are marked, the others are not."""
    folded = "SELECT title, body FROM indexed_text WHERE id = ?"
    title, body = connection.execute(folded, (article_id,)).fetchone()
    paragraphs = [snippets.pieces(text) for text in sqlite.split_body(body)]
    every = [title, *(piece for paragraph in paragraphs for piece in paragraph)]
    words = [replace(text, column=None) for text in texts]
    found = sqlite.highlight_in_memory(every, sqlite_match.any_of(words))
    shown = iter([found.get(number, piece) for number, piece in enumerate(every)])
    return next(shown), ["".join(itertools.islice(shown, len(pieces))) for pieces in paragraphs]


def words_of(articles: Sequence[Marked], texts: Sequence[Text]) -> dict[str, frozenset[int]]:
    """For each marked stretch of the articles the numbers of the words that it is: asked of FTS5
    itself, in an index in memory that holds the stretches."""
    spans = {
        span
        for article in articles
        for text in (article.title, *article.paragraphs.values())
        for span in snippets.spans(text)
    }
    if len(texts) <= 1:
        return dict.fromkeys(spans, frozenset((0,)))
    ordered = sorted(spans)
    expressions = [sqlite_match.term(replace(text, column=None)) for text in texts]
    found: dict[str, set[int]] = {span: set() for span in ordered}
    for number, rows in enumerate(sqlite.matches_in_memory(ordered, expressions)):
        for row in rows:
            found[ordered[row]].add(number)
    return {span: frozenset(numbers) for span, numbers in found.items()}
