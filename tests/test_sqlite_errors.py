"""What SQLite reports, as the user meets it: one line that says what to do, and an exit code."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archive import Archive
from archive.errors import ArchiveBusy, ArchiveError, ArchiveUnusable
from conftest import ARTICLES

if TYPE_CHECKING:
    from conftest import Cli

BUSY = "is locked by another program: try again when it is done"
NO_ARCHIVE = "is not an article archive: left as it is"
DAMAGED = "is damaged: restore a backup, or run 'archive verify' to see more"
FULL = "cannot grow, the disk is full: make room and run the command again"
READ_ONLY = "cannot be written: it or its folder is read-only"
CLOSED = "cannot be opened: is it a file, and may you read it?"
DISK = "cannot be read or written: the disk reports an error"

KINDS: list[tuple[int, type[ArchiveError], str]] = [
    (sqlite3.SQLITE_BUSY, ArchiveBusy, BUSY),
    (sqlite3.SQLITE_BUSY_RECOVERY, ArchiveBusy, BUSY),
    (sqlite3.SQLITE_BUSY_SNAPSHOT, ArchiveBusy, BUSY),
    (sqlite3.SQLITE_LOCKED, ArchiveBusy, BUSY),
    (sqlite3.SQLITE_LOCKED_SHAREDCACHE, ArchiveBusy, BUSY),
    (sqlite3.SQLITE_NOTADB, ArchiveUnusable, NO_ARCHIVE),
    (sqlite3.SQLITE_CORRUPT, ArchiveUnusable, DAMAGED),
    (sqlite3.SQLITE_CORRUPT_VTAB, ArchiveUnusable, DAMAGED),
    (sqlite3.SQLITE_CORRUPT_INDEX, ArchiveUnusable, DAMAGED),
    (sqlite3.SQLITE_FULL, ArchiveUnusable, FULL),
    (sqlite3.SQLITE_READONLY, ArchiveUnusable, READ_ONLY),
    (sqlite3.SQLITE_READONLY_DBMOVED, ArchiveUnusable, READ_ONLY),
    (sqlite3.SQLITE_CANTOPEN, ArchiveUnusable, CLOSED),
    (sqlite3.SQLITE_CANTOPEN_SYMLINK, ArchiveUnusable, CLOSED),
    (sqlite3.SQLITE_IOERR, ArchiveUnusable, DISK),
    (sqlite3.SQLITE_IOERR_READ, ArchiveUnusable, DISK),
    (sqlite3.SQLITE_IOERR_FSYNC, ArchiveUnusable, DISK),
    (sqlite3.SQLITE_PROTOCOL, ArchiveUnusable, "cannot be used: what SQLite says"),
]
IDS = [str(code) for code, _, _ in KINDS]


def _fail(patch: pytest.MonkeyPatch, code: int, statement: str) -> None:
    """Have SQLite report an error for each statement that begins so."""
    connect = sqlite3.connect

    class Failing(sqlite3.Connection):
        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            _raise(sql)
            return super().execute(sql, *given)

        def executemany(self, sql: str, *given: Any) -> sqlite3.Cursor:
            _raise(sql)
            return super().executemany(sql, *given)

    def _raise(sql: str) -> None:
        if sql.lstrip().startswith(statement):
            error = sqlite3.OperationalError("what SQLite says")
            error.sqlite_errorcode = code
            raise error

    patch.setattr(
        sqlite3, "connect", lambda *given, **options: connect(*given, factory=Failing, **options)
    )


@pytest.mark.parametrize(("code", "kind", "said"), KINDS, ids=IDS)
@pytest.mark.parametrize("statement", ["PRAGMA application_id", "SELECT"])
def test_an_error_while_reading(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, code: int,
    kind: type[ArchiveError], said: str,
) -> None:  # fmt: skip
    """As the file is opened, and when it is open; in a copy, which has no log of another reader."""
    db = str(shutil.copy(db, str(tmp_path / "copy.db")))
    with Archive(db) as archive:
        if statement == "SELECT":
            archive.count("moscow")
            archive.close()
        _fail(monkeypatch, code, statement)
        with pytest.raises(kind) as raised:
            archive.count("moscow")
    assert str(raised.value) == f"{db} {said}"


@pytest.mark.parametrize(("code", "kind", "said"), KINDS, ids=IDS)
def test_an_error_while_writing(
    cli: Cli, db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int,
    kind: type[ArchiveError], said: str,
) -> None:  # fmt: skip
    path, new = tmp_path / "a.db", tmp_path / "new.txt"
    shutil.copy(db, path)
    new.write_text(" date 2023-01-31\nTitle\nText.\n")
    with monkeypatch.context() as patch:
        _fail(patch, code, "INSERT")
        done = cli("ingest", new, "--db", path)
    assert (done.returncode, done.stdout) == (kind.exit_code, "")
    assert (kind.exit_code, done.stderr) == (4, f"archive: {path} {said}\n")
    with Archive(path) as archive:
        assert archive.stats().articles == len(ARTICLES)


def test_an_error_outside_of_a_with_block(
    db: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is raised does not depend on how an archive is closed."""
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    (tmp_path / "new.txt").write_text(" date 2023-01-31\nTitle\nText.\n")
    archive = Archive(path)
    _fail(monkeypatch, sqlite3.SQLITE_FULL, "INSERT")
    for write in (
        lambda: archive.ingest([tmp_path / "new.txt"]),
        archive.reindex,
        lambda: Archive(tmp_path / "b.db").ingest([folder]),
    ):
        with pytest.raises(ArchiveUnusable, match=FULL):
            write()
    assert not (tmp_path / "b.db").exists()


def test_an_error_of_the_disk_in_earnest(cli: Cli, db: str, tmp_path: Path) -> None:
    """Not put in, but provoked: another program's lock, bytes that are none of a database."""
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    with pytest.MonkeyPatch.context() as patch, contextlib.closing(sqlite3.connect(path)) as other:
        patch.setattr("archive.engines.sqlite.connection.BUSY_SECONDS", 0.1)
        other.execute("BEGIN EXCLUSIVE")
        done = cli("reindex", "--db", path)
    assert (done.returncode, done.stderr) == (4, f"archive: {path} {BUSY}\n")
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 3 :] = b"\xff" * (len(damaged) - len(damaged) // 3)
    path.write_bytes(damaged)
    done = cli("dump", "--db", path)
    assert (done.returncode, done.stderr) == (4, f"archive: {path} {DAMAGED}\n")
    path.write_bytes(b"SQLite format 3 it is not" * 100)
    done = cli("stats", "--db", path)
    assert (done.returncode, done.stderr) == (4, f"archive: {path} {NO_ARCHIVE}\n")
