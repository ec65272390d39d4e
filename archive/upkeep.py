"""Keeping an archive sound: verify, reindex, and the figures of stats.

Verify trusts nothing but fingerprints: SQLite's own checks and the index's both miss changed text
(docs/design.md), so every article, source and revision is rebuilt and hashed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from archive.article import Article
from archive.engines import sqlite
from archive.folding import fold
from archive.reading import from_revision, rebuild

_MOST_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was checked, and one line for each thing that is wrong (at most 1,000)."""

    articles: int
    paragraphs: int
    sources: int
    revisions: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
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


def verify(
    connection: sqlite3.Connection, path: str, progress: Callable[[int, int], None] | None = None
) -> VerifyReport:
    """Read and check everything; `progress` is called with articles done and articles in all."""
    problems: list[str] = []
    counts = dict.fromkeys(("articles", "paragraphs", "sources", "revisions"), 0)
    total = 0
    steps: list[Callable[[], Iterator[str]]] = [
        lambda: _structure(connection),
        lambda: _index(connection, path),
        lambda: _articles(connection, counts, lambda done: progress and progress(done, total)),
        lambda: _revisions(connection, counts),
        lambda: _ingests(connection),
    ]
    with contextlib.suppress(sqlite3.DatabaseError):
        total = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    for step in steps:
        try:
            problems += itertools.islice(step(), _MOST_PROBLEMS - len(problems))
        except sqlite3.DatabaseError as error:
            problems.append(f"cannot be read to the end: {error}")
        except (ValueError, TypeError, AttributeError) as error:
            problems.append(f"a row holds values of the wrong kind: {error}")
    return VerifyReport(**counts, problems=tuple(problems))


def _structure(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"{table}, row {row}: refers to a row of {parent} that is not there"


def _index(connection: sqlite3.Connection, path: str) -> Iterator[str]:
    """The full-text index against the text. FTS5 does it as a command that needs a connection that
    could write, though it writes nothing."""
    entries = connection.execute("SELECT count(*) FROM article_search_docsize").fetchone()[0]
    articles = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    if entries != articles:
        yield f"the index has {entries} articles, the tables {articles}: run 'archive reindex'"
    if not os.access(path, os.W_OK):
        return
    with contextlib.closing(
        sqlite3.connect(
            f"{sqlite.file_uri(path)}?mode=rw",
            uri=True,
            isolation_level=None,
            timeout=sqlite.BUSY_SECONDS,
        )
    ) as writer:
        try:
            writer.execute(
                "INSERT INTO article_search (article_search, rank) VALUES ('integrity-check', 1)"
            )
        except sqlite3.OperationalError as error:
            raise sqlite.translate(error, path) from None  # busy or read-only, not damaged
        except sqlite3.DatabaseError as error:
            yield f"the index does not match the text ({error}): run 'archive reindex'"


def _articles(
    connection: sqlite3.Connection, counts: dict[str, int], progress: Callable[[int], object]
) -> Iterator[str]:
    """Each article's rows against its fingerprint, and each of its sources' bytes."""
    paragraphs = _grouped(
        connection, "SELECT article_id, position, text, folded FROM paragraphs ORDER BY 1, 2"
    )
    sources = _grouped(
        connection,
        "SELECT article_id, path, size, original, file_hash FROM sources"
        " WHERE revision IS NULL ORDER BY article_id, id",
    )
    next_paragraphs, next_sources = next(paragraphs, None), next(sources, None)
    for row in connection.execute(
        "SELECT id, published_on, title, category, byline, content_hash, folded_title,"
        " word_count, paragraph_count FROM articles ORDER BY id"
    ):
        article_id = row[0]
        texts: list[Any] = []
        while next_paragraphs and next_paragraphs[0] <= article_id:
            texts = next_paragraphs[1] if next_paragraphs[0] == article_id else []
            next_paragraphs = next(paragraphs, None)
        files: list[Any] = []
        while next_sources and next_sources[0] <= article_id:
            files = next_sources[1] if next_sources[0] == article_id else []
            next_sources = next(sources, None)
        article = Article(row[1], row[2], tuple(text[2] for text in texts), row[3], row[4])
        counts["articles"] += 1
        counts["paragraphs"] += len(texts)
        yield from _article(article_id, article, row, texts)
        for _, path, size, original, file_hash in files:
            counts["sources"] += 1
            yield from _bytes(f"source {path}", article, size, original, file_hash)
        if counts["articles"] % 256 == 0:
            progress(counts["articles"])
    progress(counts["articles"])


def _article(article_id: int, article: Article, row: Any, texts: list[Any]) -> Iterator[str]:
    if article.content_hash() != row[5]:
        yield f"article {article_id}: the text is not what was stored"
    elif [text[1] for text in texts] != list(range(1, row[8] + 1)) or row[
        7
    ] != article.word_count():
        yield f"article {article_id}: paragraph numbers or counts are wrong"
    folded = [(article.title, row[6]), *((text[2], text[3]) for text in texts)]
    if any(fold(text) != (text if kept is None else kept) for text, kept in folded):
        yield f"article {article_id}: its folded text is wrong: run 'archive reindex'"


def _bytes(
    name: str, article: Article, size: int, original: bytes | None, file_hash: bytes
) -> Iterator[str]:
    try:
        if len(rebuild(article, original, file_hash)) != size:
            yield f"{name}: its size is wrong"
    except ValueError as error:
        yield f"{name}: {error}"


def _revisions(connection: sqlite3.Connection, counts: dict[str, int]) -> Iterator[str]:
    """Each replaced version, and each source that still holds one."""
    columns = "r.published_on, r.title, r.category, r.byline, r.content_hash, r.text"
    for row in connection.execute(
        f"SELECT {columns}, r.article_id, r.number, size, original, file_hash FROM revisions AS r"
    ):
        counts["revisions"] += 1
        article, name = from_revision(row), f"version {row[6]}@{row[7]}"
        if article.content_hash() != row[4]:
            yield f"{name}: the text is not what was stored"
        yield from _bytes(name, article, *row[8:])
    for row in connection.execute(
        f"SELECT {columns}, s.path, s.size, s.original, s.file_hash FROM sources AS s"
        " LEFT JOIN revisions AS r ON r.article_id = s.article_id AND r.number = s.revision"
        " WHERE s.revision IS NOT NULL"
    ):
        counts["sources"] += 1
        if row[0] is None:
            yield f"source {row[6]}: the version it holds is not there"
        else:
            yield from _bytes(f"source {row[6]}", from_revision(row), *row[7:])


def _ingests(connection: sqlite3.Connection) -> Iterator[str]:
    """Articles are only ever added: there are as many as the runs brought."""
    added = connection.execute("SELECT coalesce(sum(new + split), 0) FROM ingests").fetchone()[0]
    articles = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    if added != articles:
        yield f"the ingests brought {added} articles, but there are {articles}"
    lonely = connection.execute(
        "SELECT id FROM articles AS a WHERE NOT EXISTS"
        " (SELECT 1 FROM sources WHERE article_id = a.id AND revision IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM revisions AS r"
        " WHERE r.article_id = a.id AND r.content_hash = a.content_hash)"
    )
    for (article_id,) in lonely:
        yield f"article {article_id}: no source holds it"


def _grouped(connection: sqlite3.Connection, sql: str) -> Iterator[tuple[int, list[Any]]]:
    for key, rows in itertools.groupby(connection.execute(sql), key=itemgetter(0)):
        yield key, list(rows)


def reindex(connection: sqlite3.Connection) -> int:
    """Fold all text anew and rebuild the full-text index from it; the number of articles."""
    connection.execute("BEGIN IMMEDIATE")
    for table, text, folded, keys in (
        ("paragraphs", "text", "folded", ("article_id", "position")),
        ("articles", "title", "folded_title", ("id",)),
    ):
        rows = connection.execute(f"SELECT {text}, {folded}, {', '.join(keys)} FROM {table}")
        changed = [
            (None if fold(row[0]) == row[0] else fold(row[0]), *row[2:])
            for row in rows
            if fold(row[0]) != (row[0] if row[1] is None else row[1])
        ]
        where = " AND ".join(f"{key} = ?" for key in keys)
        connection.executemany(f"UPDATE {table} SET {folded} = ? WHERE {where}", changed)
    connection.execute("INSERT INTO article_search (article_search) VALUES ('rebuild')")
    articles = int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    connection.commit()
    return articles
