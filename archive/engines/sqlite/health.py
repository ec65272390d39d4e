"""What `archive doctor` says of SQLite, of an archive file and of what lies beside it.

Reads little and changes nothing, also where the archive cannot be opened.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.engines.contract import Finding
from archive.engines.sqlite import backup_list
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite.lock import holder

LOW_SPACE = 1_000_000_000
"""Bytes of free space below which a warning is given, if the archive is not larger still."""

_NETWORKS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph")

# (first version with the fault, version that mends it, what it is); from sqlite.org/changes.html.
_RACE = (
    "two programs that write at once in WAL mode can, very rarely, damage an archive"
    " (the lock of this program lets one write at a time)"
)
_AGGREGATES = (
    "SQL with too many aggregates can overrun memory, CVE-2025-6965"
    " ('archive sql' runs in a process of its own)"
)
_BUGS = (
    ((3, 0, 0), (3, 40, 0), "it lacks what the archive uses"),
    ((3, 7, 0), (3, 51, 3), _RACE),
    ((3, 0, 0), (3, 50, 2), _AGGREGATES),
)


def findings(path: str) -> Iterator[Finding]:
    """All findings about an archive file; none of them is raised as an error."""
    yield _library()
    yield from _places(path)
    if os.path.exists(path):
        yield from _file(path)
        yield from _copies(path)


def _library() -> Finding:
    version = sqlite3.sqlite_version_info
    bugs = [what for first, mended, what in _BUGS if first <= version < mended]
    if not _has_fts5():
        advice = "it lacks the full-text index: use another build of Python"
        return Finding("SQLite", f"{sqlite3.sqlite_version}, without FTS5", advice)
    return Finding(
        "SQLite",
        sqlite3.sqlite_version,
        f"a newer one is better: {'; '.join(bugs)}" if bugs else None,
    )


def _has_fts5() -> bool:
    with contextlib.closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        except sqlite3.Error:
            return False
    return True


def _places(path: str) -> Iterator[Finding]:
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.exists(path):
        advice = "make one with 'archive ingest FOLDER', or name it with --db"
        yield Finding("file", f"{path}: there is none", advice)
        return
    advice = "it is not a file: name the archive with --db"
    yield Finding("file", os.path.realpath(path), None if os.path.isfile(path) else advice)
    free = shutil.disk_usage(folder).free
    # A backup, an upgrade and a rebuilt index each need about as much again.
    needed = max(LOW_SPACE, os.path.getsize(path))
    advice = f"make room, for a backup at least: {_mb(needed)}"
    yield Finding("free space", _mb(free), advice if free < needed else None)
    kind = _file_system(folder)
    if kind:
        advice = "locks and WAL are not safe on a network: use a local disk"
        yield Finding("file system", kind, advice if kind in _NETWORKS else None)


def _file_system(folder: str) -> str | None:
    """The type of the file system, where the system tells (Linux)."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    longest, found = 0, None
    for line in mounts.splitlines():
        point, kind = (os.path.join(part, "") for part in line.split(" ")[1:3])
        if os.path.join(folder, "").startswith(point) and len(point) > longest:
            longest, found = len(point), kind.rstrip("/")
    return found


def _file(path: str) -> Iterator[Finding]:
    place = os.path.realpath(path)
    if os.access(place, os.W_OK) and os.access(os.path.dirname(place), os.W_OK):
        yield Finding("may be written", "yes")
    else:
        yield Finding("may be written", "no", "only reading works; fine if that is wanted")
    busy = holder(path)
    if busy:
        yield Finding("lock", f"held by {busy}", "wait for it, or end it")
        return
    yield Finding("lock", "free")
    logs = [place + end for end in sqlite.LOGS if os.path.exists(place + end)]
    if logs:
        advice = (
            "left by a run that was cut short, or of a reader; keep them with the archive,"
            " the next command folds them in"
        )
        yield Finding("log", ", ".join(map(os.path.basename, logs)), advice)
    beside = [name for name in (f"{place}.new", f"{place}.new-wal") if os.path.exists(name)]
    if beside:
        advice = "of a run that was cut short; the next ingest removes it"
        yield Finding("left over", ", ".join(map(os.path.basename, beside)), advice)


def _copies(path: str) -> Iterator[Finding]:
    """Which copies there are. A copy on another disk is what helps when this one is lost."""
    made = backup_list.remembered(path)
    if made:
        moment, copy = made[-1]
        changed = os.path.getmtime(path) > os.path.getmtime(copy)
        advice = "the archive was written since: take another with 'archive backup DEST'"
        yield Finding("last backup", f"{moment}, {copy}", advice if changed else None)
    else:
        advice = "take one with 'archive backup DEST', best on another disk"
        yield Finding("last backup", "none that is known", advice)
    kept = backup_list.beside(path)
    if kept:
        names = ", ".join(map(os.path.basename, kept))
        size = _mb(sum(map(os.path.getsize, kept)))
        advice = "kept by restore and upgrade; delete them once you are sure"
        yield Finding("kept beside it", f"{names} ({size})", advice)


def _mb(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"
