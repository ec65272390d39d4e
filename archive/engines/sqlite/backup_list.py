"""Which copies of an archive there are: those that were made of it, and those that lie beside it.

A backup reads its archive and never writes it, so what was made when is remembered in a file
beside it, `ARCHIVE.backups`: a line for each copy, the last one last, the moment before the path.
Where that file cannot be written, nothing is remembered.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time

from archive.engines.sqlite import connection as sqlite

_READ = 100_000
"""Bytes at the end of that file in which copies are looked for."""
_SMALLEST_PAGE = 512
"""Bytes of the smallest page of SQLite: every database is a multiple of it."""
_BESIDE = r"\.(?:replaced|\d{4}\.backup)(?:-\d+)?"
_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (/.*)")


def note(path: str, copy: str) -> None:
    """Remember that a copy of the archive at `path` was made just now."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = f"{now} {os.path.realpath(copy)}\n"
    with contextlib.suppress(OSError), open(_file(path), "ab") as file:
        file.write(os.fsencode(line))


def remembered(path: str) -> list[tuple[str, str]]:
    """The copies of an archive that were made last and are still there: (moment, path), each once,
    the last one last."""
    try:
        with open(_file(path), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _READ))
            lines = os.fsdecode(file.read()).split("\n")
    except OSError:
        return []
    known = filter(None, map(_LINE.fullmatch, lines))
    last = {copy: (at, moment) for at, (moment, copy) in enumerate(line.groups() for line in known)}
    there = (copy for copy in sorted(last, key=lambda copy: last[copy]) if os.path.exists(copy))
    return [(last[copy][1], copy) for copy in there]


def _file(path: str) -> str:
    return f"{os.path.realpath(path)}.backups"


def beside(path: str) -> list[str]:
    """What restore and upgrade have kept beside an archive."""
    folder, name = os.path.split(os.path.realpath(path))
    kept = re.compile(re.escape(name) + _BESIDE)
    try:
        names = sorted(filter(kept.fullmatch, os.listdir(folder)))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names]


def all_of(path: str) -> frozenset[str]:
    """The paths of all copies that are known."""
    return frozenset((*(copy for _, copy in remembered(path)), *beside(path)))


def archives_beside(path: str) -> tuple[str, ...]:
    """The other archives in an archive's folder, whatever they are called."""
    place = os.path.realpath(path)
    with os.scandir(os.path.dirname(place)) as entries:
        files = sorted(entry.path for entry in entries if entry.is_file(follow_symlinks=False))
    return tuple(
        name
        for name in files
        if name != place and not name.endswith(sqlite.LOGS) and _is_archive(name)
    )


def _is_archive(path: str) -> bool:
    if os.path.getsize(path) % _SMALLEST_PAGE:
        return False
    try:
        return sqlite.is_archive(path)
    except sqlite3.DatabaseError:
        return False
