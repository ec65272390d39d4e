"""The texts of articles, many at a time: for what marks, counts or compares them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from archive.engines.sqlite.articles import Articles
from archive.engines.texts import Written


class Texts:
    """The texts of a snapshot (`engines.texts.Texts`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def current(self, article_ids: Iterable[int]) -> Iterator[Written]:
        """The current versions of articles."""
        articles = Articles(self._connection)
        for article_id in article_ids:
            date, category, title = self._connection.execute(
                "SELECT published_on, category, title FROM articles WHERE id = ?", (article_id,)
            ).fetchone()
            yield Written(article_id, None, date, category, title, articles.paragraphs(article_id))

    def replaced(self) -> Iterator[Written]:
        """Every replaced version; of those that differ in bytes alone, the last."""
        for article_id, number, date, category, title, text in self._connection.execute(
            "SELECT article_id, number, published_on, category, title, text FROM revisions"
            " WHERE text IS NOT NULL"
        ):
            yield Written(article_id, number, date, category, title, tuple(text.split("\n")))

    def folded(self) -> Iterator[tuple[int, str]]:
        """Every article, by number, with its folded paragraphs."""
        return self._connection.execute(
            "SELECT article_id, group_concat(coalesce(folded, text), char(10))"
            " FROM paragraphs GROUP BY article_id"
        )
