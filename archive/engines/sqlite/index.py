"""The full-text index as a whole: comparing it with its text, and making it where it is gone.

Verify, reindex and load come here; `connection.py` adds and removes single articles.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Callable

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import guard, schema_revisions
from archive.errors import ArchiveUnusable
from archive.text.folding import fold
from archive.text.forms import forms

PARTS = ("article_text", "indexed_text", "article_search", "article_terms", "article_words",
         "article_vocabulary")  # fmt: skip
"""The views and virtual tables that make up the indexes."""

_CHUNK = 1000
"""Articles whose text is held at once."""

_LOWEST = -(2**63)

_STEPS = 10_000
"""Steps of SQLite's between two looks at whether somebody is waiting to write."""


def rebuild(connection: sqlite3.Connection) -> int:
    """Fold all text anew and make the indexes from it, also where they are gone; the number of
    articles. In one transaction, which is ended; the one that is open if there is one."""
    if not connection.in_transaction:
        connection.execute("BEGIN IMMEDIATE")
    _make_if_missing(connection)
    fill(connection)
    articles = int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    connection.commit()
    return articles


def fill(connection: sqlite3.Connection) -> None:
    """Fold all text anew and fill the indexes with it, in the transaction that is open."""
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
    last = _LOWEST
    while ids := connection.execute(
        "SELECT id FROM articles WHERE id > ? ORDER BY id LIMIT ?", (last, _CHUNK)
    ).fetchall():
        last = ids[-1][0]
        found = [(forms(sqlite.folded_texts(connection, at)), at) for (at,) in ids]
        connection.executemany("UPDATE articles SET forms = ? WHERE id = ?", found)
    for name in sqlite.INDEXES:
        connection.execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")


def _make_if_missing(connection: sqlite3.Connection) -> None:
    """Make the views and the virtual tables that are not there; the index is empty then."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    gone = [name for name in PARTS if name not in there]
    for statement in schema_revisions.head_schema():
        words = statement.split(maxsplit=4)
        if (words[0] == "CREATE" and any(name in words[2:4] for name in gone)) or (
            words[0] == "INSERT" and words[2] in gone
        ):
            connection.execute(statement)


def enter(connection: sqlite3.Connection, article_id: int) -> None:
    """Put an article into all indexes, from its rows as they are now."""
    for name in _indexes(connection):
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({name})"))
        connection.execute(
            f"INSERT INTO {name} (rowid, {columns})"
            f" SELECT id, {columns} FROM indexed_text WHERE id = ?",
            (article_id,),
        )


def tidy(connection: sqlite3.Connection) -> None:
    """Merge all indexes, so that nothing of what was taken out of them is left in their tables."""
    for name in _indexes(connection):
        connection.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")


def _indexes(connection: sqlite3.Connection) -> list[str]:
    """The names of the full-text indexes that are there."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
    return [name for name, sql in rows if name in PARTS and " USING fts5(" in sql]


def problem(path: str, wanted: Callable[[], object]) -> str | None:
    """Read the whole index against its text; what is wrong in one line, or None.

    FTS5 does it as a command that takes the place of a writer, though it writes nothing. On an
    archive that may not be written, or as soon as somebody is `wanted` to write it, it is done in a
    copy, which takes as much room in the folder for temporary files.
    """
    writable = os.access(path, os.W_OK) and os.access(
        os.path.dirname(os.path.abspath(path)), os.W_OK
    )
    if writable and not wanted():
        with contextlib.closing(
            sqlite3.connect(
                f"{sqlite.file_uri(path)}?mode=rw",
                uri=True,
                isolation_level=None,
                timeout=0,
                check_same_thread=False,
            )
        ) as writer:
            guard.guard(writer)
            writer.set_progress_handler(lambda: bool(wanted()), _STEPS)
            try:
                return _compare(writer)
            except sqlite3.OperationalError as error:
                if sqlite.primary(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT):
                    raise sqlite.translate(error, path) from None
    with contextlib.ExitStack() as stack:
        original = stack.enter_context(contextlib.closing(sqlite.open_read_only(path)))
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            name = os.path.join(folder, "copy")
            copy = sqlite3.connect(name, isolation_level=None)
            guard.guard(copy)
            stack.enter_context(contextlib.closing(copy))
            original.backup(copy)
            copy.execute("PRAGMA journal_mode = MEMORY").fetchone()
            os.unlink(name)  # so that it goes with this process, however that ends
        except (OSError, sqlite3.OperationalError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ArchiveUnusable(
                f"{path} cannot be written now, so the index is read in a copy, which cannot be"
                f" made in the folder for temporary files: {reason}: set TMPDIR, or use --quick"
            ) from None
        return _compare(copy)


def _compare(connection: sqlite3.Connection) -> str | None:
    try:
        for name in sqlite.INDEXES:
            connection.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")
    except sqlite3.OperationalError as error:
        if "no such table" in str(error) or "constructor failed" in str(error):
            return f"the index is not there ({error}): run 'archive reindex'"
        raise  # busy or read-only, not damaged
    except sqlite3.DatabaseError as error:
        return f"the index does not match the text ({error}): run 'archive reindex'"
    return None
