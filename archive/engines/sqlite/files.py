"""Archive files: where they are, which version they have, opening one for reading or for writing.

All goes through stdlib sqlite3; SQLAlchemy and Alembic are imported to migrate alone, which takes
longer than a small ingest. Reading never makes, changes or upgrades a file. Writing happens under a
lock that names its holder; a missing archive is built beside its place, from the schema that the
migrations lead to (`migrations/head.sql`), and put there in one step, so that there is never half
of one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from archive.engines.sqlite import connection as sqlite
from archive.errors import ArchiveBusy, ArchiveMissing, ArchiveOutdated, ArchiveUnusable, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

REVISIONS = ("0001", "0002", "0003")
"""Every schema revision, oldest first; the last is what this program reads and writes. Kept as a
constant because asking Alembic costs a third of a second; a test compares it with migrations/."""

LOCK_SECONDS = 60.0


def open_for_reading(path: str) -> sqlite3.Connection:
    """A read-only connection to an archive of this program's version; else an `ArchiveError`."""
    connection = sqlite.open_read_only(path)
    try:
        _require_current(revision_of(connection, path), path)
    except Exception:
        connection.close()
        raise
    return connection


def revision_of(connection: sqlite3.Connection, path: str) -> str:
    """The schema revision of an archive."""
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise sqlite.translate(error, path) from None
    if row is None:
        raise ArchiveUnusable(f"{path} holds no schema revision: restore a backup")
    return str(row[0])


def _require_current(revision: str, path: str) -> None:
    require_known(revision, path)
    if revision != REVISIONS[-1]:
        raise ArchiveOutdated(
            f"{path} is from an older version: run 'archive --db {path} upgrade' (makes a backup)"
        )


def require_known(revision: str, path: str) -> None:
    """`ArchiveOutdated` for a revision that this program does not know."""
    if revision not in REVISIONS:
        raise ArchiveOutdated(
            f"{path} is from a newer version (schema {revision}): upgrade the program"
        )


@contextlib.contextmanager
def open_for_writing(path: str, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection to an archive brought up to date, held by this process alone.

    With `create`, a missing archive is made. Transactions are the caller's (`BEGIN IMMEDIATE`).
    """
    with _lock(path, create=create):
        if os.path.lexists(path):
            upgrade_locked(path)
        elif create:
            _create(path)
        with _writer(path) as connection:
            identity = os.stat(path).st_ino
            yield connection
            if not os.path.exists(path) or os.stat(path).st_ino != identity:
                raise ArchiveUnusable(f"{path} was removed or replaced meanwhile: nothing is kept")


@contextlib.contextmanager
def open_for_rehearsal(path: str) -> Iterator[sqlite3.Connection]:
    """A connection that can only read, in one transaction, for a run that says what it would do;
    to an empty archive in memory where there is none."""
    if not os.path.lexists(path):
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
            for statement in head_schema():
                empty.execute(statement)
            yield empty
        return
    with contextlib.closing(open_for_reading(path)) as connection, _translated(path):
        connection.execute("BEGIN")
        yield connection


def upgrade(path: str) -> tuple[str, str, str | None]:
    """Bring an archive up to date; (revision before, after, path of the backup or None)."""
    with _lock(path, create=False):
        done = upgrade_locked(path)
        if any(os.path.exists(path + end) for end in sqlite.LOGS):
            with _writer(path):  # takes in the log that a killed run has left
                pass
        return done


def upgrade_locked(path: str) -> tuple[str, str, str | None]:
    """As `upgrade`, for a caller that holds the lock."""
    with contextlib.closing(sqlite.open_read_only(path)) as connection:
        before = revision_of(connection, path)
        require_known(before, path)
        if before == REVISIONS[-1]:
            return before, before, None
        backup = f"{path}.{before}.backup"
        copy(connection, backup)
    with _migrating(path) as writer:
        _migrate(writer)
    return before, REVISIONS[-1], backup


@contextlib.contextmanager
def held(path: str) -> Iterator[None]:
    """The lock of a writer on an archive that is there or will be."""
    with _lock(path, create=True):
        yield


@contextlib.contextmanager
def making(path: str) -> Iterator[sqlite3.Connection]:
    """A connection to an empty archive that takes its place when all is done, or not at
    all; `UsageError` if there is something at the path."""
    with _lock(path, create=True):
        if os.path.lexists(path):
            raise UsageError(f"{path} is there already: name a new archive with --db")
        with _built(path) as connection:
            yield connection


def copy(
    connection: sqlite3.Connection,
    target: str,
    check: Callable[[str], None] = lambda _: None,
    before: Callable[[], None] = lambda: None,
) -> None:
    """Copy an open archive, as of one moment, to a path: checked, and put there in one step.
    `check` is called with the path of the finished copy and raises if it is no good, `before` when
    all is ready to be put in place."""
    target = os.path.realpath(target)
    temporary = f"{target}.{os.getpid()}.tmp"
    try:
        with contextlib.closing(sqlite3.connect(temporary)) as destination:
            connection.backup(destination)
            destination.execute("PRAGMA journal_mode = DELETE")
            result = destination.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if result != "ok":
            raise ArchiveUnusable(f"the copy is damaged, and so is its original: {result}")
        check(temporary)
        _sync(temporary)
        before()
        # An old log beside the target would be replayed into the copy.
        for end in sqlite.LOGS:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(target + end)
        os.replace(temporary, target)
        _sync(os.path.dirname(os.path.abspath(target)))
    except sqlite3.Error as error:
        raise sqlite.translate(error, target) from None
    except OSError as error:
        raise ArchiveUnusable(f"{target} cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _create(path: str) -> None:
    with _built(path):
        pass


@contextlib.contextmanager
def _built(path: str) -> Iterator[sqlite3.Connection]:
    """An empty archive beside its place, put there when the block is done. The lock is held."""
    temporary = f"{path}.new"
    _remove(temporary)  # left by a run that was killed; we hold the lock
    try:
        with _writer(temporary, new=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for statement in head_schema():
                connection.execute(statement)
            connection.commit()
            yield connection
        _sync(temporary)
        os.rename(temporary, path)
        _sync(os.path.dirname(os.path.abspath(path)))
    finally:
        _remove(temporary)


def _remove(path: str) -> None:
    for end in ("", *sqlite.LOGS):
        with contextlib.suppress(OSError):
            os.unlink(path + end)


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = str(migrations_folder())
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def migrations_folder() -> Path:
    """Where the revisions are: in the wheel beside the package's modules, else in the checkout."""
    here = Path(__file__).resolve().parents[2]
    shipped = here / "migrations"
    return shipped if shipped.is_dir() else here.parent / "migrations"


def head_schema() -> list[str]:
    """The statements that make an empty archive as the newest revision has it. Written from the
    migrations by `migrations/snapshot.py`; a test compares the two."""
    text = (migrations_folder() / "head.sql").read_text(encoding="utf-8")
    return [statement for statement in text.split(";\n\n") if statement.strip()]


@contextlib.contextmanager
def _writer(path: str, *, new: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection that writes; what was not committed is rolled back at its end."""
    with _translated(path):
        connection = sqlite.open_writer(path, new=new)
        try:
            yield connection
        finally:
            try:
                connection.rollback()
                sqlite.settle(connection)
            finally:
                connection.close()


@contextlib.contextmanager
def _migrating(path: str) -> Iterator[Connection]:
    """The same for Alembic: through SQLAlchemy, with foreign keys off (docs/design.md)."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import StaticPool

    with _writer(path) as raw, _translated(path):
        raw.execute("PRAGMA foreign_keys = OFF")
        engine = create_engine(
            "sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True
        )

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        with engine.connect() as connection:
            yield connection


@contextlib.contextmanager
def _translated(path: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise sqlite.translate(error, path) from None
    except Exception as error:
        # SQLAlchemy wraps them; it is not imported here for the sake of its name.
        original = getattr(error, "orig", None)
        if isinstance(original, sqlite3.Error):
            raise sqlite.translate(original, path) from None
        raise


@contextlib.contextmanager
def _lock(path: str, *, create: bool) -> Iterator[None]:
    """One writer at a time: an advisory lock on a file beside the archive, which names its holder
    and goes with it, even when it is killed."""
    if not create and not os.path.exists(path):
        raise ArchiveMissing(f"no archive at {path}: make one with 'archive ingest FOLDER'")
    name = f"{os.path.realpath(path)}.lock"  # one lock, by whatever links the archive is named
    deadline = time.monotonic() + LOCK_SECONDS
    while (descriptor := _try_lock(name)) is None:
        if time.monotonic() > deadline:
            raise ArchiveBusy(f"{path} is being written by {_holder(name)}: try again later")
        time.sleep(0.05)
    try:
        os.ftruncate(descriptor, 0)
        started = time.strftime("%Y-%m-%d %H:%M:%S")
        os.write(descriptor, f"process {os.getpid()}, since {started}".encode())
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)
        os.close(descriptor)


def holder(path: str) -> str | None:
    """Who holds an archive's lock, or None; takes it for a moment only where there is a file."""
    name = f"{os.path.realpath(path)}.lock"
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _holder(name)
    finally:
        os.close(descriptor)
    return None


def _try_lock(name: str) -> int | None:
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ArchiveUnusable(f"{name} cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The last holder may have removed the file between our open and our lock.
        if os.path.samestat(os.fstat(descriptor), os.stat(name)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _holder(name: str) -> str:
    try:
        with open(name, encoding="utf-8", errors="replace") as file:
            return file.read(200) or "another process"
    except OSError:
        return "another process"
