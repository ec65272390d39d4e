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

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import files as database
from archive.errors import ArchiveUnusable, UsageError
from archive.upkeep.verify import verify

_STAMP = "%Y-%m-%dT%H%M%SZ"
_STAMPED = r"-\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?"


def backup(connection: sqlite3.Connection, path: str, target: str, keep: int | None) -> str:
    """Copy an archive to a file, or into a folder; the path of the copy.

    With `keep`, the target is a folder (made if need be), the copy is named by the moment (UTC),
    and of all copies so named in it the newest `keep` stay.
    """
    stem, end = os.path.splitext(os.path.basename(path))
    if keep is None:
        if os.path.isdir(target):
            target = os.path.join(target, f"{stem}{end}")
        _require_other(target, path)
        database.copy(connection, target, _check)
        return target
    if keep < 1:
        raise UsageError("--keep: at least one copy must stay")
    try:
        os.makedirs(target, exist_ok=True)
    except OSError as error:
        raise ArchiveUnusable(f"{target} cannot be made: {error.strerror}") from None
    named = re.compile(re.escape(stem) + _STAMPED + re.escape(end))
    copy = os.path.join(target, _stamped(stem, end, filter(named.fullmatch, os.listdir(target))))
    database.copy(connection, copy, _check)
    copies = sorted((name for name in os.listdir(target) if named.fullmatch(name)), key=_moment)
    for name in copies[:-keep]:
        os.unlink(os.path.join(target, name))
    return copy


def _stamped(stem: str, end: str, others: Iterable[str]) -> str:
    """A name for now that comes after those of all other copies, removed ones included."""
    now = time.strftime(_STAMP, time.gmtime())
    last = max((number for stamp, number in map(_moment, others) if stamp == now), default=0)
    return f"{stem}-{now}{f'-{last + 1}' if last else ''}{end}"


def _moment(name: str) -> tuple[str, int]:
    stamp, number = re.findall(r"-(\d{4}-\d\d-\d\dT\d{6}Z)(?:-(\d+))?", name)[-1]
    return stamp, int(number or 1)


def _free(start: str, end: str) -> str:
    """A name that nothing has yet."""
    name, number = f"{start}{end}", 1
    while os.path.lexists(name):
        number += 1
        name = f"{start}-{number}{end}"
    return name


def _require_other(target: str, path: str) -> None:
    if os.path.realpath(target) == os.path.realpath(path):
        raise UsageError(f"{target} is the archive itself: name another place")
    if os.path.exists(target):
        sqlite.open_read_only(target).close()  # raises for anything but an archive


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
            kept = _free(f"{place}.replaced", "") if os.path.exists(place) else None
            # Names the old archive twice, so that at no moment there is none.
            keep = (lambda: _link(place, kept)) if kept else (lambda: None)
            database.copy(connection, place, _check, before=keep)
    return kept


def _link(path: str, kept: str) -> None:
    for end in ("", *sqlite.LOGS):
        if os.path.exists(path + end):
            os.link(path + end, kept + end)
