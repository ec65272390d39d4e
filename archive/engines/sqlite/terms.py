"""The words of the index, asked of FTS5 itself: which term a word is indexed as, how many articles
hold it, and where it stands. Used by what looks for similar articles and for near words.

Runs over a plain read-only connection; what has to be made is made in memory.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence

from archive.engines.sqlite.connection import TOKENIZER
from archive.engines.sqlite.match import string


def terms_of(words: Sequence[str], *, stemmed: bool = True) -> list[tuple[str, ...]]:
    """For each folded word the terms it is indexed as: one, or several (`e-mail`), or none. Without
    stems, the same words in full: without case, and without accents where the index drops them."""
    tokenizer = TOKENIZER if stemmed else TOKENIZER.removeprefix("porter ")
    found: list[list[str]] = [[] for _ in words]
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(
            f"CREATE VIRTUAL TABLE t USING fts5(x, content='', tokenize=\"{tokenizer}\")"
        )
        connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(t, instance)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", enumerate(words))
        for row, term in connection.execute("SELECT doc, term FROM terms ORDER BY doc, offset"):
            found[row].append(term)
    return [tuple(terms) for terms in found]


def article_counts(connection: sqlite3.Connection, words: Sequence[str], most: int) -> list[int]:
    """The number of articles that hold each word in any form, counted up to `most`: the commonest
    words stand in nearly all, and `article_terms` passes every place of them."""
    find = (
        "SELECT count(*) FROM (SELECT 1 FROM article_search WHERE article_search MATCH ? LIMIT ?)"
    )
    asked = ((any_word([word]), most) for word in words)
    return [connection.execute(find, values).fetchone()[0] for values in asked]


def any_word(words: Sequence[str]) -> str:
    """The FTS5 expression for articles with any of these words."""
    return " OR ".join(map(string, words))
