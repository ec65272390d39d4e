"""Taking articles out for good: rows and tombstones in one transaction, then a purge of the file.

SQLite leaves deleted bytes in free pages, in the log, and FTS5 in segments that are not merged yet.
The purge merges the index, writes the file anew and empties the log (docs/design.md has what was
tried). Until it is done, a mark in the file's header, set by the transaction itself, says that it
is due: the next writer does it if this one was killed.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from archive.engines.rows import RemovalRow
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import pieces, schema_revisions
from archive.engines.sqlite.known import utc_text
from archive.errors import ArchiveError, NoSuchArticle

if TYPE_CHECKING:
    from archive.engines.taking_back import Removed

PATIENCE_MS = 10_000
"""How long a removal waits for readers that still need the log; whoever comes after it does not."""

_DONE, _DUE, _REWRITTEN = 0, 1, 2
"""What the mark in the header says: the file must be written anew, or the log be emptied."""

_TOMBSTONES = """
    INSERT OR IGNORE INTO removals (article_id, content_hash, removed_at, reason)
    SELECT id, content_hash, ?2, ?3 FROM articles WHERE id = ?1 UNION
    SELECT article_id, content_hash, ?2, ?3 FROM revisions WHERE article_id = ?1"""
_PATHS = """
    SELECT path FROM sources WHERE article_id = ?1 UNION
    SELECT path FROM revisions WHERE article_id = ?1"""
_HOLDS_MANY = "SELECT 1 FROM containers WHERE path = ?"
_OTHERS = "SELECT 1 FROM sources WHERE path = ?1 UNION ALL SELECT 1 FROM revisions WHERE path = ?1"


def found(connection: sqlite3.Connection, article_ids: Iterable[int]) -> tuple[Removed, ...]:
    """These articles as they would be removed; `NoSuchArticle`."""
    from archive.engines.taking_back import Removed  # noqa: PLC0415 - as often as articles go

    articles = []
    for article_id in dict.fromkeys(article_ids):
        row = connection.execute(
            "SELECT published_on, title,"
            " 1 + (SELECT coalesce(max(number), 0) FROM revisions WHERE article_id = a.id)"
            " FROM articles AS a WHERE id = ?",
            (article_id,),
        ).fetchone()
        if row is None:
            raise NoSuchArticle(f"there is no article {article_id}")
        published_on, title, count = row
        paths = tuple(path for (path,) in connection.execute(_PATHS, (article_id,)))
        held = tuple(path for path in paths if connection.execute(_HOLDS_MANY, (path,)).fetchone())
        articles.append(Removed(article_id, published_on, title, count, paths, held))
    return tuple(articles)


def remove(
    connection: sqlite3.Connection, article_ids: Iterable[int], reason: str | None
) -> tuple[Removed, ...]:
    """Takes articles out, in one transaction that also marks the file for the purge."""
    connection.execute("BEGIN IMMEDIATE")
    articles = found(connection, article_ids)
    now = utc_text(time.time_ns())
    for article in articles:
        _take_out(connection, article, now, reason)
    _mark(connection, _DUE)
    connection.commit()
    return articles


def _take_out(
    connection: sqlite3.Connection, article: Removed, now: str, reason: str | None
) -> None:
    """Deletes all rows of an article, and what else names its files."""
    connection.execute(_TOMBSTONES, (article.article_id, now, reason))
    sqlite.unindex(connection, article.article_id)
    for table in ("paragraphs", "sources", "revisions"):
        connection.execute(f"DELETE FROM {table} WHERE article_id = ?", (article.article_id,))
    connection.execute("DELETE FROM articles WHERE id = ?", (article.article_id,))
    for path in article.paths:
        pieces.forget_bytes(connection, path)
        if connection.execute(_OTHERS, (path,)).fetchone() is None:
            connection.execute("DELETE FROM rejections WHERE path = ?", (path,))
            connection.execute("DELETE FROM roots WHERE path = ?", (path,))


def purge(connection: sqlite3.Connection, patience_ms: int = 0) -> str | None:
    """Leaves no byte of removed articles in the file and its log, if any were removed since the
    last purge; why that must wait, or None. Outside a transaction."""
    due = connection.execute("PRAGMA user_version").fetchone()[0]
    if due == _DONE:
        return None
    from archive.engines.sqlite import index  # noqa: PLC0415 - rare

    connection.execute(f"PRAGMA busy_timeout = {patience_ms}")
    try:
        if due != _REWRITTEN:
            index.tidy(connection)
            connection.execute("VACUUM")
            _mark(connection, _REWRITTEN)
        if not _emptied(connection):
            return "another program is still reading the archive"
        _mark(connection, _DONE)
        _emptied(connection)
    except sqlite3.OperationalError as error:
        return str(error)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(sqlite.BUSY_SECONDS * 1000)}")
    return None


def _mark(connection: sqlite3.Connection, due: int) -> None:
    connection.execute(f"PRAGMA user_version = {due}")


def _emptied(connection: sqlite3.Connection) -> bool:
    """Folds the whole log into the file and cuts it to nothing, if no reader needs it."""
    return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


def tombstones(path: str) -> list[RemovalRow]:
    """The tombstones of the archive at a path; none where there is no archive that can be read, or
    of a version that had none."""
    try:
        with contextlib.closing(sqlite.open_read_only(path)) as connection:
            rows = connection.execute(f"SELECT {', '.join(RemovalRow._fields)} FROM removals")
            return [RemovalRow(*row) for row in rows]
    except (ArchiveError, sqlite3.Error):
        return []


def honour(connection: sqlite3.Connection, rows: Collection[RemovalRow]) -> tuple[int, ...]:
    """Gives an archive the tombstones of another, and takes out what they keep out; the numbers of
    these articles."""
    connection.execute("BEGIN IMMEDIATE")
    places = ", ".join("?" * len(RemovalRow._fields))
    connection.executemany(f"INSERT OR IGNORE INTO removals VALUES ({places})", rows)
    taken = found(
        connection,
        [
            article_id
            for (article_id,) in connection.execute(
                "SELECT id FROM articles JOIN removals USING (content_hash) UNION"
                " SELECT r.article_id FROM revisions AS r JOIN removals USING (content_hash)"
            ).fetchall()
        ],
    )
    for article in taken:
        at, reason = connection.execute(
            "SELECT max(removed_at), reason FROM removals WHERE content_hash IN"
            " (SELECT content_hash FROM articles WHERE id = ?1 UNION"
            "  SELECT content_hash FROM revisions WHERE article_id = ?1)",
            (article.article_id,),
        ).fetchone()
        _take_out(connection, article, at, reason)
    if taken:
        _mark(connection, _DUE)
    connection.commit()
    return tuple(article.article_id for article in taken)


def users_tables(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The tables in the file that are the user's own."""
    from archive.engines.sqlite import index  # noqa: PLC0415 - rare

    made = [statement.split(maxsplit=4) for statement in schema_revisions.head_schema()]
    ours = {"alembic_version", *(words[2].strip('"') for words in made if words[1] == "TABLE")}
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return tuple(
        name
        for (name,) in rows
        if name not in ours and not name.startswith(("sqlite_", *index.PARTS))
    )
