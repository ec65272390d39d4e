"""The figures of an archive, for `archive stats`. Runs over a plain read-only connection."""

from __future__ import annotations

import os
import sqlite3

from archive.record import record


@record
class Stats:
    """Figures of an archive. Sizes in bytes; `categories` by number of articles, most first."""

    articles: int
    paragraphs: int
    words: int
    sources: int
    revisions: int
    first_date: str | None
    last_date: str | None
    categories: tuple[tuple[str | None, int], ...]
    size: int
    text_size: int
    index_size: int


def stats(connection: sqlite3.Connection, path: str) -> Stats:
    """Counts, dates, categories and sizes."""
    articles, words, first, last = connection.execute(
        "SELECT count(*), coalesce(sum(word_count), 0), min(published_on), max(published_on)"
        " FROM articles"
    ).fetchone()
    categories = connection.execute(
        "SELECT category, count(*) FROM articles GROUP BY category ORDER BY 2 DESC, 1"
    ).fetchall()

    def one(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    return Stats(
        articles=articles,
        paragraphs=one("SELECT count(*) FROM paragraphs"),
        words=words,
        sources=one("SELECT count(*) FROM sources"),
        revisions=one("SELECT count(*) FROM revisions"),
        first_date=first,
        last_date=last,
        categories=tuple(categories),
        size=os.path.getsize(path),
        text_size=one("SELECT coalesce(sum(size), 0) FROM sources"),
        index_size=one("SELECT coalesce(sum(length(block)), 0) FROM article_search_data"),
    )
