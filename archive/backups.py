"""Whole copies of an archive: backups, their rotation, and putting one back.

A copy is made while others read and write, checked by `verify`, and takes its place in one step.
What a restored copy replaces is kept beside it.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Iterable

from archive import database
from archive.engines import sqlite, sqlite_copy
from archive.errors import ArchiveError, ArchiveUnusable, UsageError
from archive.verify import verify

_STAMP = "%Y-%m-%dT%H%M%SZ"
_STAMPED = r"-\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?"


def backup(connection: sqlite3.Connection, path: str, target: str, keep: int | None) -> str:
    """Copy an archive to a file, or into a folder; the path of the copy.

    A file that is there is replaced only if it is an earlier copy of the same archive. With `keep`,
    the target is a folder (made if need be), the copy is named by the moment (UTC), and of all
    copies of this archive so named in it, this one and the newest others stay, `keep` in all.
    """
    stem, end = os.path.splitext(os.path.basename(path))
    if keep is None:
        if os.path.isdir(target):
            target = os.path.join(target, f"{stem}{end}")
        _require_other(target, path)
        place = os.path.realpath(target)
        with database.held(place):
            if os.path.exists(place):
                _require_earlier(connection, target, path)
            with sqlite_copy.copied(connection, place, _check, like=path) as finished:
                sqlite_copy.put(finished, place)
        return target
    if keep < 1:
        raise UsageError("--keep: at least one copy must stay")
    try:
        os.makedirs(target, exist_ok=True)
    except OSError as error:
        raise ArchiveUnusable(f"{target} cannot be made: {error.strerror}") from None
    place = os.path.join(os.path.realpath(target), f"{stem}{end}")
    _require_other(place, path)
    with database.held(place):
        named = re.compile(re.escape(stem) + _STAMPED + re.escape(end))
        others = sorted(filter(named.fullmatch, os.listdir(target)), key=_moment)
        copy = os.path.join(target, _stamped(stem, end, others))
        with sqlite_copy.copied(connection, place, _check, like=path) as finished:
            sqlite_copy.put(finished, copy)
        _rotate(connection, [os.path.join(target, name) for name in others], keep - 1)
    return copy


def _rotate(connection: sqlite3.Connection, others: list[str], keep: int) -> None:
    """Of the copies in a folder, oldest first, leave the last `keep` that are of this archive.
    Those of other archives do not count; one that holds what this archive lacks stays."""
    ours = [name for name in others if sqlite_copy.is_earlier(connection, name, runs_only=True)]
    for name in ours[: len(ours) - keep] if keep < len(ours) else ():
        if sqlite_copy.is_earlier(connection, name):
            os.unlink(name)
            sqlite_copy.sync(os.path.dirname(name))


def _require_earlier(connection: sqlite3.Connection, target: str, path: str) -> None:
    """Raise unless what is at the target is an earlier copy of the open archive at `path`."""
    with contextlib.closing(sqlite.open_read_only(target)) as old:
        database.require_known(database.revision_of(old, target), target)
    lacking = sqlite_copy.lacks(connection, target)
    if lacking:
        raise UsageError(
            f"{target} holds {lacking}, which {path} lacks: it is left as it is;"
            " name another place, or move it away first"
        )


def _stamped(stem: str, end: str, others: Iterable[str]) -> str:
    """A name for now that comes after those of all other copies, removed ones included."""
    now = time.strftime(_STAMP, time.gmtime())
    last = max((number for stamp, number in map(_moment, others) if stamp == now), default=0)
    return f"{stem}-{now}{f'-{last + 1}' if last else ''}{end}"


def _moment(name: str) -> tuple[str, int]:
    stamp, number = re.findall(r"-(\d{4}-\d\d-\d\dT\d{6}Z)(?:-(\d+))?", name)[-1]
    return stamp, int(number or 1)


def _require_other(target: str, path: str) -> None:
    if os.path.realpath(target) == os.path.realpath(path):
        raise UsageError(f"{target} is the archive itself: name another place")


def _check(path: str) -> None:
    """Raise unless a copy is sound; one of an older version only as far as SQLite can tell."""
    with contextlib.closing(sqlite.open_read_only(path)) as connection:
        if database.revision_of(connection, path) != database.REVISIONS[-1]:
            return
        problems = verify(connection, path, quick=True).problems
    if problems:
        raise ArchiveUnusable(f"the copy is damaged, and so is its original: {problems[0]}")


def restore(source: str, path: str) -> str | None:
    """Put a backup in an archive's place. What was there is kept; the path it has now, or None.

    Raises `ArchiveError` if the backup is damaged, from a newer version or no archive, or if
    another process writes the archive; then nothing has changed.
    """
    if os.path.realpath(source) == os.path.realpath(path):
        raise UsageError(f"{source} is the archive itself: name a backup of it")
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder: name the archive with --db")
    with contextlib.closing(sqlite.open_read_only(source)) as connection:
        database.require_known(database.revision_of(connection, source), source)
        place = os.path.realpath(path)
        with database.held(place):
            exists = os.path.exists(place)
            kept = sqlite_copy.free_name(f"{place}.replaced") if exists else None
            like = place if exists else source
            with sqlite_copy.copied(connection, place, _check, like=like, journal="WAL") as new:
                if kept:
                    _link(place, kept)
                sqlite_copy.put(new, place)
    return kept


def _link(path: str, kept: str) -> None:
    """Name an archive twice, so that at no moment there is none."""
    with contextlib.suppress(ArchiveError):
        sqlite.open_read_only(path).close()  # takes in the log that a killed run has left
    for end in ("", *sqlite.LOGS):
        if os.path.exists(path + end):
            os.link(path + end, kept + end)
    sqlite_copy.sync(os.path.dirname(path))
