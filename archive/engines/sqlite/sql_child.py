"""The inside of the closed room: runs one statement of the user's, as a program of its own.

`sql.py` starts it with the plain interpreter (no site, no environment), writes the request
to its standard input and reads frames from its standard output. It imports nothing of ours, so that
it starts in the time of a bare Python, while its caller still loads what shows the rows.

Reading only, by four walls that stand each for itself: the file is opened read-only, `query_only`
is on, an authorizer allows nothing but reading, and the system lets the process write no file.
Memory is bounded by the system and by SQLite's own limit, time by SQLite's progress handler and, in
the middle of a single step, by the caller, who ends the process.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import re
import resource
import signal
import sqlite3
import sys
import time
from typing import Any

LONGEST_VALUE = 100_000_000
LONGEST_ROW = 16 * 1024 * 1024
LONGEST_STATEMENT = 1_000_000
MEMORY = 512 * 1024 * 1024
_SQLITE_MEMORY = MEMORY * 3 // 4
_FRAME_BYTES = 65_536
_FRAME_SECONDS = 0.1
_PLACES = 50
_FORBIDDEN = frozenset(("load_extension", "fts3_tokenizer", "writefile", "edit"))
_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))


class _Refusal(Exception):
    """A statement that the room does not answer; the text says why."""


class _Clock:
    """When time is up. What the reader of the rows takes does not count."""

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        self._parent = os.getppid()

    def is_up(self) -> bool:
        return time.monotonic() > self.deadline or os.getppid() != self._parent

    def write(self, frame: tuple[Any, ...]) -> None:
        """Hand a frame to the caller: its length in four bytes, then the frame."""
        began = time.monotonic()
        data = marshal.dumps(frame)
        rest = memoryview(len(data).to_bytes(4, "big") + data)
        while rest:
            rest = rest[os.write(1, rest) :]
        self.deadline += time.monotonic() - began


def main() -> None:
    """Answer the request on standard input: (uris to try, statement, seconds)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    uris, statement, seconds = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - our caller's
    clock = _Clock(seconds)
    try:
        connection = _open(uris)
        _close_in(connection, clock, seconds)
        _answer(connection, statement, clock)
    except _Refusal as refusal:
        clock.write(("refused", str(refusal), None))
    except MemoryError:
        clock.write(("memory", "", None))
    except (sqlite3.Error, sqlite3.Warning, UnicodeError) as error:
        kind, said = type(error).__name__, " ".join(str(error).split())
        place = None
        with contextlib.suppress(sqlite3.Error, sqlite3.Warning, MemoryError, NameError):
            place = _place(connection, statement, str(error))
        clock.write((kind, said, place))


def _open(uris: list[str]) -> sqlite3.Connection:
    """As `engines.sqlite.connection.open_read_only`, whose connection the caller keeps open, and
    with it the log."""
    *ways, last = uris
    for way in ways:
        try:
            return _touched(way)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_READONLY,
            ):
                raise
    return _touched(last)


def _touched(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=5, isolation_level=None)
    connection.execute("SELECT 1 FROM articles LIMIT 1").fetchone()
    # The virtual tables prepare statements of their own on first use, which the authorizer, set
    # afterwards, would refuse. Where the index is damaged, the tables can still be asked.
    with contextlib.suppress(sqlite3.DatabaseError):
        for index, terms in (
            ("article_search", "article_terms"),
            ("article_words", "article_vocabulary"),
        ):
            connection.execute(f"SELECT rowid FROM {index}('a') LIMIT 1").fetchone()
            connection.execute(f"SELECT term FROM {terms} LIMIT 1").fetchone()
    return connection


def _close_in(connection: sqlite3.Connection, clock: _Clock, seconds: float) -> None:
    connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_STATEMENT)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA hard_heap_limit = {_SQLITE_MEMORY}")
    connection.execute("PRAGMA query_only = ON")
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, int(seconds) + 3),  # should the caller be killed itself
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(what, (most, most))
    connection.set_authorizer(_authorize)
    connection.set_progress_handler(clock.is_up, 10_000)


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION:
        allowed = (second or "").lower() not in _FORBIDDEN
    elif action == sqlite3.SQLITE_PRAGMA:
        allowed = (first, second) == ("data_version", None)  # FTS5 asks it of itself
    else:
        allowed = action in _ALLOWED
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _answer(connection: sqlite3.Connection, statement: str, clock: _Clock) -> None:
    if len(statement) > LONGEST_STATEMENT:
        raise _Refusal(f"a statement of {len(statement):,} characters: at most 1,000,000")
    cursor = connection.execute(statement)
    if cursor.description is None:
        raise _Refusal("the statement gives no rows: only SELECT is answered here")
    clock.write(("columns", tuple(column[0] for column in cursor.description)))
    rows: list[tuple[Any, ...]] = []
    size, began = 0, time.monotonic()
    for row in cursor:
        width = sum(len(value) for value in row if isinstance(value, str | bytes))
        if width > LONGEST_ROW:
            raise _Refusal(
                f"a row of {width / 1e6:,.0f} MB: at most {LONGEST_ROW / 1e6:.0f};"
                " take parts with substr()"
            )
        rows.append(row)
        size += width + 16 * len(row)
        if size >= _FRAME_BYTES or time.monotonic() - began >= _FRAME_SECONDS:
            clock.write(("rows", rows))
            rows, size, began = [], 0, time.monotonic()
    clock.write(("rows", rows))
    clock.write(("end",))


def _place(connection: sqlite3.Connection, statement: str, said: str) -> int | None:
    """The offset of the word that an error names. Of several, for a syntax error, the first up to
    which the statement gives the same error; `sqlite3_error_offset` is not to be had here."""
    named = re.search(r'near "(.+?)": syntax error|unrecognized token: "(.+?)"|: ([\w.]+)', said)
    if not named:
        return None
    word = next(group for group in named.groups() if group)
    pattern = re.escape(word) if named[3] is None else rf"(?<!\w){re.escape(word)}(?!\w)"
    places = list(re.finditer(pattern, statement, re.IGNORECASE))[:_PLACES]
    for place in places if named[1] else ():
        try:
            connection.execute("EXPLAIN " + statement[: place.end()])
        except (sqlite3.Error, sqlite3.Warning) as error:
            if str(error) == said:
                return place.start()
    return places[0].start() if places else None


if __name__ == "__main__":
    main()
