"""A closed room for the user's own SQL: reading only, bounded in time, rows streamed.

Four walls stand independently: the file is opened read-only, `query_only` is on, an authorizer
allows nothing but reading, and lengths are limited. Time is kept by SQLite's progress handler.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive.errors import SqlError

DEFAULT_SECONDS = 5.0
_LONGEST_VALUE = 100_000_000
_FORBIDDEN = frozenset(("load_extension", "fts3_tokenizer", "writefile", "edit"))
_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a statement: column names, and rows as they come. Values are str, int, float,
    bytes or None."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def run(connection: sqlite3.Connection, sql: str, seconds: float = DEFAULT_SECONDS) -> Rows:
    """Run one statement on a read-only connection, which it takes over and closes at the end.

    Raises `SqlError`, here or while rows are fetched: a mistake in the statement, one that would
    write, or one that takes longer than `seconds`.
    """
    rows = _stream(connection, sql, seconds)
    return Rows(next(rows), rows)


def _close_in(connection: sqlite3.Connection, deadline: float) -> None:
    # The virtual tables prepare statements of their own on first use, which the authorizer, set
    # afterwards, would refuse.
    connection.execute("SELECT rowid FROM article_search WHERE article_search MATCH 'a'").fetchone()
    connection.execute("SELECT term FROM article_terms LIMIT 1").fetchone()
    connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_authorize)
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION:
        allowed = (second or "").lower() not in _FORBIDDEN
    elif action == sqlite3.SQLITE_PRAGMA:
        allowed = (first, second) == ("data_version", None)  # FTS5 asks it of itself
    else:
        allowed = action in _ALLOWED
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _stream(connection: sqlite3.Connection, sql: str, seconds: float) -> Iterator[tuple[Any, ...]]:
    """The names of the columns, then the rows. The connection lives as long as this generator."""
    try:
        _close_in(connection, time.monotonic() + seconds)
        cursor = connection.execute(sql)
        if cursor.description is None:
            raise SqlError("the statement gives no rows: only SELECT is answered here")
        yield tuple(column[0] for column in cursor.description)
        for row in cursor:  # noqa: UP028 - `yield from` would also close the cursor, too late
            yield row
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, MemoryError) as error:
        raise _explained(error, seconds) from None
    finally:
        connection.close()


def _explained(error: Exception, seconds: float) -> SqlError:
    text = " ".join(str(error).split())
    if "interrupted" in text:
        return SqlError(f"stopped after {seconds:g} s: narrow it, or raise --timeout")
    if "not authorized" in text or "prohibited" in text or "readonly" in text:
        return SqlError(f"only reading is allowed here ({text})")
    return SqlError(f"SQL: {text}")
