"""What state an archive and its surroundings are in, and what to do about it: `archive doctor`.

Looks at versions, the file and the files beside it, sizes, locks and room on the disk. Reads little
and writes nothing, also where the archive cannot be opened; `verify` is what reads all of it.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sqlite3
from pathlib import Path

from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import files as database
from archive.errors import ArchiveError
from archive.questions.statistics import stats
from archive.record import record

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


@record
class Finding:
    """One thing that was looked at: its name, what was found, and what to do (None if nothing)."""

    name: str
    found: str
    advice: str | None = None


def examine(path: str) -> tuple[Finding, ...]:
    """All findings about an archive; none of them is raised as an error."""
    findings = [*_versions(), *_places(path)]
    if os.path.exists(path):
        findings += [*_file(path), *_inside(path)]
    return tuple(findings)


def _versions() -> list[Finding]:
    from archive import __version__  # noqa: PLC0415 - reads the installed package's data

    version = sqlite3.sqlite_version_info
    bugs = [what for first, mended, what in _BUGS if first <= version < mended]
    advice = f"a newer one is better: {'; '.join(bugs)}" if bugs else None
    fts5 = _has_fts5()
    return [
        Finding("program", f"archive {__version__}, schema {database.REVISIONS[-1]}"),
        Finding("Python", platform.python_version()),
        Finding("SQLite", f"{sqlite3.sqlite_version}{'' if fts5 else ', without FTS5'}",
                advice if fts5 else "it lacks the full-text index: use another build of Python"),
    ]  # fmt: skip


def _has_fts5() -> bool:
    with contextlib.closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        except sqlite3.Error:
            return False
    return True


def _places(path: str) -> list[Finding]:
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.exists(path):
        advice = "make one with 'archive ingest FOLDER', or name it with --db"
        return [Finding("file", f"{path}: there is none", advice)]
    findings = [Finding("file", os.path.realpath(path), None if os.path.isfile(path) else
                        "it is not a file: name the archive with --db")]  # fmt: skip
    free = shutil.disk_usage(folder).free
    # A backup, an upgrade and a rebuilt index each need about as much again.
    needed = max(LOW_SPACE, os.path.getsize(path))
    findings.append(
        Finding("free space", _mb(free), f"make room, for a backup at least: {_mb(needed)}")
        if free < needed
        else Finding("free space", _mb(free))
    )
    kind = _file_system(folder)
    if kind:
        advice = "locks and WAL are not safe on a network: use a local disk"
        findings.append(Finding("file system", kind, advice if kind in _NETWORKS else None))
    return findings


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


def _file(path: str) -> list[Finding]:
    place = os.path.realpath(path)
    writable = os.access(place, os.W_OK) and os.access(os.path.dirname(place), os.W_OK)
    findings = [
        Finding("may be written", "yes")
        if writable
        else Finding("may be written", "no", "only reading works; fine if that is wanted")
    ]
    busy = database.holder(path)
    if busy:
        findings.append(Finding("lock", f"held by {busy}", "wait for it, or end it"))
    else:
        findings.append(Finding("lock", "free"))
    logs = [end for end in sqlite.LOGS if os.path.exists(place + end)]
    if logs and not busy:
        names = ", ".join(os.path.basename(place) + end for end in logs)
        findings.append(
            Finding("log", names, "left by a run that was cut short, or by a reader; keep them with"
                    " the archive, the next ingest folds them in")
        )  # fmt: skip
    beside = [name for name in (f"{place}.new", f"{place}.new-wal") if os.path.exists(name)]
    if beside and not busy:
        findings.append(
            Finding("left over", ", ".join(map(os.path.basename, beside)),
                    "of a run that was cut short; the next ingest removes it")
        )  # fmt: skip
    return findings


def _inside(path: str) -> list[Finding]:
    try:
        with contextlib.closing(sqlite.open_read_only(path)) as connection:
            revision = database.revision_of(connection, path)
            if revision != database.REVISIONS[-1]:
                try:
                    database.require_known(revision, path)
                except ArchiveError as error:
                    return [Finding("schema", revision, str(error))]
                return [Finding("schema", revision, "run 'archive upgrade' (makes a backup)")]
            return [Finding("schema", revision), *_figures(connection, path)]
    except ArchiveError as error:
        return [Finding("archive", "cannot be opened", str(error))]
    except sqlite3.Error as error:
        return [Finding("archive", f"cannot be read: {error}", "run 'archive verify'")]


def _figures(connection: sqlite3.Connection, path: str) -> list[Finding]:
    found = stats(connection, path)
    journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    unused = free / pages if pages else 0
    run = connection.execute(
        "SELECT started_at, finished_at IS NULL FROM ingests ORDER BY id DESC LIMIT 1"
    ).fetchone()
    share = found.index_size / found.size if found.size else 0
    findings = [
        Finding("journal", journal),
        Finding("articles", f"{found.articles:,}, from {found.sources:,} files"),
        Finding("size", f"{_mb(found.size)}, {share:.0%} of it index; text {_mb(found.text_size)}"),
        Finding("unused pages", f"{unused:.0%}", "'archive dump' and 'load' into a new file give"
                " the room back" if unused > 0.5 else None),
    ]  # fmt: skip
    if run:
        cut = "it did not finish: run ingest again" if run[1] else None
        findings.append(Finding("last ingest", run[0], cut))
    return findings


def _mb(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"
