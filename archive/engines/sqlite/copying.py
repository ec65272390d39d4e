"""Whole archives as files: putting a finished one in its place, copying one, and telling whether a
copy is an earlier state of an archive.

Backups, restore, upgrade and the making of a new archive come here. The caller holds the lock of
the place, so that what lies at `PLACE.new` is the left-over of a run that was killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING

from archive.engines.sqlite import backup_list, guard, removal, schema_revisions
from archive.engines.sqlite import connection as sqlite
from archive.errors import ArchiveError, ArchiveUnusable

if TYPE_CHECKING:
    from archive.engines.rows import RemovalRow
    from archive.engines.sqlite.engine import Engine
    from archive.engines.taking_back import RestoreReport


def remove(path: str) -> None:
    """Remove a file of ours that is not in its place yet, and what SQLite keeps beside it."""
    for end in ("", *sqlite.LOGS):
        with contextlib.suppress(OSError):
            os.unlink(path + end)


def sync(path: str) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put(finished: str, path: str) -> None:
    """Give a finished archive its name, in one step that survives a power cut."""
    if os.path.exists(f"{finished}-wal"):
        raise ArchiveUnusable(f"{path} cannot be written: its log could not be folded in")
    folder = os.path.dirname(os.path.abspath(path))
    sync(finished)
    for end in sqlite.LOGS:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + end)
    sync(folder)  # first, since an old log beside the new file would be replayed into it
    os.replace(finished, path)
    sync(folder)


@contextlib.contextmanager
def copied(  # noqa: PLR0913 - what is done to a copy, in order
    connection: sqlite3.Connection,
    place: str,
    *,
    like: str,
    mend: Callable[[str], None] | None = None,
    check: Callable[[Engine], None] | None = None,
    journal: str = "DELETE",
) -> Iterator[str]:
    """The path of a copy of an open archive, as of one moment, checked and with the permissions of
    `like`; it is gone at the end unless it was `put` elsewhere. `mend` may change it; `check` is
    called with it and raises if it is no good. A copy in DELETE mode can be read by any program on
    read-only media."""
    copy = f"{place}.new"
    remove(copy)
    try:
        # SQLite gives its logs the permissions of the file.
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as destination:
            guard.guard(destination)
            connection.backup(destination)
            destination.execute(f"PRAGMA journal_mode = {journal}").fetchone()
            result = destination.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if result != "ok":
            raise ArchiveUnusable(f"the copy is damaged, and so is its original: {result}")
        if mend:
            mend(copy)
        if check:
            _checked(copy, check)
        shutil.copymode(like, copy)
        yield copy
    except sqlite3.Error as error:
        raise sqlite.translate(error, place) from None
    except OSError as error:
        raise ArchiveUnusable(f"{place} cannot be written: {error.strerror}") from None
    finally:
        remove(copy)


def _checked(path: str, check: Callable[[Engine], None]) -> None:
    from archive.engines.sqlite.engine import Engine  # noqa: PLC0415 - which comes here to copy

    with contextlib.closing(Engine(path)) as engine:
        check(engine)


_ANY_VERSION = (
    "SELECT 1 FROM (SELECT id, content_hash FROM articles UNION ALL"
    " SELECT article_id, content_hash FROM revisions) WHERE id = ? AND content_hash = ?"
)
_HELD = (
    (
        "the ingest of {1}",
        "SELECT id, started_at FROM ingests",
        "SELECT 1 FROM ingests WHERE id = ? AND started_at = ?",
    ),
    ("article {0}", "SELECT id, content_hash FROM articles", _ANY_VERSION),
    (
        "version {0}@{1}",
        "SELECT article_id, number, content_hash FROM revisions",
        "SELECT 1 FROM revisions WHERE article_id = ? AND number = ? AND content_hash = ?",
    ),
    (
        "the file {1}",
        "SELECT article_id, path, id, first_seen_at FROM sources",
        # A folder that has moved has other paths.
        "SELECT 1 FROM sources WHERE path = ?2 OR id = ?3 AND first_seen_at <= ?4",
    ),
)
"""What an archive never loses: its name, how to list it, and how to look for it in another."""

_REMOVED = "SELECT 1 FROM removals WHERE article_id = ?"
"""But for what was taken out of it on purpose; all but runs are listed by article first."""


def _identity(connection: sqlite3.Connection) -> tuple[str, str] | None:
    """Which archive it is, and when that was begun; None for one of an older schema."""
    try:
        found: tuple[str, str] | None = connection.execute(
            "SELECT id, made_at FROM archive"
        ).fetchone()
    except sqlite3.Error:
        return None
    return found


def lacks(connection: sqlite3.Connection, path: str, *, runs_only: bool = False) -> str | None:
    """What the archive at `path` holds and the open one does not; None if it is an earlier state of
    the open one. Archives are told apart by their identities, those of older schemas by the runs of
    ingest, each with its moment; `runs_only` compares nothing else. Raises `ArchiveError` for what
    is no archive, or of a newer version."""
    with contextlib.closing(sqlite.open_read_only(path)) as other:
        schema_revisions.revision_of(other, path)
        theirs, ours = _identity(other), _identity(connection)
        if theirs and ours and theirs[0] != ours[0]:
            return f"another archive, begun {theirs[1][:10]}"
        if theirs and ours and runs_only:
            return None
        removals = schema_revisions.revision_of(connection, path) == schema_revisions.REVISIONS[-1]
        try:
            for name, listed, looked_for in _HELD[: 1 if runs_only else None]:
                for row in other.execute(listed):
                    if connection.execute(looked_for, row).fetchone() is None and not (
                        removals and listed != _HELD[0][1] and _removed(connection, row[0])
                    ):
                        return name.format(*row)
        except sqlite3.Error as error:
            raise sqlite.translate(error, path) from None
    return None


def _removed(connection: sqlite3.Connection, article_id: int) -> bool:
    return connection.execute(_REMOVED, (article_id,)).fetchone() is not None


def free_name(start: str, like: str | None = None) -> str:
    """`start`, or with a number behind it, for a name that nothing has yet, or only a file of the
    same bytes as that at `like`."""
    import filecmp  # noqa: PLC0415 - rare

    for number in count(1):
        name = f"{start}-{number}" if number > 1 else start
        if not os.path.lexists(name):
            return name
        if like and os.path.isfile(name) and filecmp.cmp(like, name, shallow=False):
            return name
    raise AssertionError  # a count has no end


class Copies:
    """Makes and compares copies of an open archive (`engines.contract.Copies`). The lock of the
    place is held."""

    def __init__(self, connection: sqlite3.Connection, path: str, place: str) -> None:
        self._connection = connection
        self._path = path
        self._place = os.path.realpath(place)

    def lacks(self, path: str, *, runs_only: bool = False) -> str | None:
        """What the copy at `path` holds and the archive does not, or None."""
        return lacks(self._connection, path, runs_only=runs_only)

    def make(self, target: str, check: Callable[[Engine], None]) -> None:
        """Copy the archive to a path: checked, and put there in one step."""
        with copied(self._connection, self._place, like=self._path, check=check) as finished:
            put(finished, os.path.realpath(target))
        backup_list.note(self._path, target)

    def remove(self, path: str) -> None:
        """Remove a copy."""
        os.unlink(path)
        sync(os.path.dirname(path))


def restore(
    connection: sqlite3.Connection, source: str, path: str, check: Callable[[Engine], None]
) -> RestoreReport:
    """Put a copy of an open archive, that at `source`, in the place of the one at `path`, whose
    lock is held."""
    from archive.engines.taking_back import RestoreReport  # noqa: PLC0415 - rare

    place = os.path.realpath(path)
    kept = free_name(f"{place}.replaced") if os.path.exists(place) else None
    like = place if kept else source
    kept_out = removal.tombstones(place) if kept else []
    withheld: list[int] = []

    def mend(copy: str) -> None:
        if kept_out:
            withheld.extend(_without(kept_out, copy))

    with copied(connection, place, like=like, mend=mend, check=check, journal="WAL") as finished:
        if kept:
            _link(place, kept)
        put(finished, place)
    return RestoreReport(kept, tuple(withheld))


def _without(kept_out: list[RemovalRow], copy: str) -> tuple[int, ...]:
    """Takes out of a copy what was removed from the archive whose place it is to take; the numbers
    of these articles."""
    with contextlib.closing(sqlite.open_writer(copy)) as connection:
        if schema_revisions.revision_of(connection, copy) != schema_revisions.REVISIONS[-1]:
            from archive.engines.sqlite import migrate  # noqa: PLC0415 - slow, and rare

            migrate.to_newest(connection)
            connection.execute("PRAGMA foreign_keys = ON")
        taken = removal.honour(connection, kept_out)
        removal.purge(connection)
    return taken


def _link(path: str, kept: str) -> None:
    """Name an archive twice, so that at no moment there is none."""
    with contextlib.suppress(ArchiveError):
        sqlite.open_read_only(path).close()  # takes in the log that a killed run has left
    for end in ("", *sqlite.LOGS):
        if os.path.exists(path + end):
            os.link(path + end, kept + end)
    sync(os.path.dirname(path))
