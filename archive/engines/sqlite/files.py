"""Archive files: opening one for writing, making one, bringing one up to date.

All goes through stdlib sqlite3; SQLAlchemy and Alembic, which take longer to import than a small
ingest, are needed to migrate alone (`migrate.py`). Writing happens under a lock; a missing archive
is built beside its place, from the schema that the migrations lead to (`migrations/head.sql`), and
put there in one step, so that there is never half of one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import copying, removal, schema_revisions
from archive.engines.sqlite.lock import held
from archive.errors import ArchiveUnusable, UsageError


@contextlib.contextmanager
def open_for_writing(path: str, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection to an archive brought up to date, held by this process alone.

    With `create`, a missing archive is made. Transactions are the caller's (`BEGIN IMMEDIATE`).
    """
    with held(path, create=create):
        if os.path.lexists(path):
            upgrade_held(path)
        elif create:
            with _built(path):
                pass
        with writer(path) as connection:
            identity = os.stat(path).st_ino
            removal.purge(connection)  # of articles whose removal was killed
            yield connection
            if not os.path.exists(path) or os.stat(path).st_ino != identity:
                raise ArchiveUnusable(f"{path} was removed or replaced meanwhile: nothing is kept")


@contextlib.contextmanager
def open_for_rehearsal(path: str) -> Iterator[sqlite3.Connection]:
    """A connection that can only read, in one transaction, for a run that says what it would do; to
    an empty archive in memory where there is none."""
    if not os.path.lexists(path):
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
            for statement in schema_revisions.head_schema():
                empty.execute(statement)
            yield empty
        return
    with (
        contextlib.closing(schema_revisions.open_for_reading(path)) as connection,
        sqlite.translated(path),
    ):
        connection.execute("PRAGMA query_only = OFF")  # which forbids temporary tables as well
        connection.set_authorizer(_forbid_writing)
        connection.execute("BEGIN")
        yield connection


_WRITING = frozenset((sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE))


def _forbid_writing(action: int, _: object, __: object, database: str | None, ___: object) -> int:
    forbidden = action in _WRITING and database == "main"
    return sqlite3.SQLITE_DENY if forbidden else sqlite3.SQLITE_OK


def upgrade(path: str) -> tuple[str, str, str | None]:
    """Bring an archive up to date; (revision before, after, path of the backup or None)."""
    with held(path, create=False):
        return upgrade_held(path)


def upgrade_held(path: str) -> tuple[str, str, str | None]:
    """As `upgrade`, for a caller that holds the lock."""
    newest = schema_revisions.REVISIONS[-1]
    with contextlib.closing(sqlite.open_read_only(path)) as connection:
        before = schema_revisions.revision_of(connection, path)
        if before == newest:
            return before, before, None
        place = f"{path}.{before}.backup"
        with copying.copied(connection, place, like=path) as finished:
            backup = copying.free_name(place, like=finished)
            copying.put(finished, backup)
    from archive.engines.sqlite import migrate

    with writer(path) as connection:
        migrate.to_newest(connection)
    return before, newest, backup


@contextlib.contextmanager
def making(path: str) -> Iterator[sqlite3.Connection]:
    """A connection to an empty archive that takes its place when all is done, or not at
    all; `UsageError` if there is something at the path."""
    with held(path, create=True):
        if os.path.lexists(path):
            raise UsageError(f"{path} is there already: name a new archive with --db")
        with _built(path) as connection:
            yield connection


@contextlib.contextmanager
def _built(path: str) -> Iterator[sqlite3.Connection]:
    """An empty archive beside its place, put there when the block is done. The lock is held."""
    temporary = f"{os.path.realpath(path)}.new"
    try:
        with writer(temporary, new=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for statement in schema_revisions.head_schema():
                connection.execute(statement)
            connection.commit()
            yield connection
        copying.put(temporary, path)
    finally:
        copying.remove(temporary)


@contextlib.contextmanager
def writer(path: str, *, new: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection that writes; what was not committed is rolled back at its end. The lock is
    held."""
    with sqlite.translated(path):
        connection = sqlite.open_writer(path, new=new)
        try:
            yield connection
        finally:
            try:
                connection.rollback()
                sqlite.settle(connection)
            finally:
                connection.close()
