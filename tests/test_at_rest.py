"""An archive at rest is one file: after any kill the next command finds the last whole state, readers
and writers never wait for each other, and what replaces an archive survives a power cut."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive import Archive, ArchiveError
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import index as sqlite_index
from archive.errors import ArchiveBusy, ArchiveMissing, ArchiveUnusable

if TYPE_CHECKING:
    from conftest import Cli

READING = (
    ("search", "moscow"), ("list",), ("show", "1"), ("stats",), ("verify",), ("doctor",),
    ("sql", "SELECT count(*) FROM articles"), ("dump",), ("backup", "{folder}/copy"),
)  # fmt: skip
WRITING = (("ingest", "{news}"), ("reindex",), ("upgrade",), ("restore", "{other}"))


def _killed(program: str, *arguments: object) -> None:
    """Run a program that ends by SIGKILL."""
    done = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], check=False)
    assert done.returncode == -signal.SIGKILL


HOT_JOURNAL = """
import os, signal, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA journal_mode = DELETE")
c.execute("PRAGMA cache_size = 1")
c.execute("BEGIN")
c.execute("UPDATE paragraphs SET text = text || 'half written'")
c.execute("CREATE TABLE more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
          " WHERE i < 99) SELECT zeroblob(30000) FROM n")  # so that pages go to the file
os.kill(os.getpid(), signal.SIGKILL)
"""
LOG = """
import os, signal, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA journal_mode = WAL")
c.execute("UPDATE ingests SET finished_at = started_at")
c.execute("BEGIN")
c.execute("UPDATE paragraphs SET text = text || 'half written'")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("command", [*READING, *WRITING], ids=lambda given: given[0])
@pytest.mark.parametrize(("left", "program"), [("-journal", HOT_JOURNAL), ("-wal", LOG)])
def test_after_a_kill_any_command_finds_the_last_whole_state_and_leaves_one_file(
    db: str,
    folder: Path,
    cli: Cli,
    tmp_path: Path,
    command: tuple[str, ...],
    left: str,
    program: str,
) -> None:
    path = tmp_path / "in" / "a.db"
    path.parent.mkdir()
    shutil.copy(db, path)
    _killed(program, path)
    assert Path(f"{path}{left}").stat().st_size > 0
    given = [part.format(folder=tmp_path, news=folder, other=db) for part in command]
    done = cli(*given, "--db", path)
    assert (done.returncode, done.stderr) == (0, "")
    beside = {"a.db", "a.db.replaced", "a.db.backups"}
    assert {entry.name for entry in path.parent.iterdir()} <= beside
    with Archive(path) as archive:
        assert archive.verify().problems == ()
        assert archive.count("moscow") == 2


def test_at_rest_an_archive_is_one_file_that_anything_can_copy_and_open(
    folder: Path, cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "a.db"
    for command in (("ingest", folder), ("search", "moscow"), ("sql", "SELECT 1"), ("reindex",)):
        assert cli(*command, "--db", path).returncode == 0
        assert os.listdir(tmp_path) == ["a.db"]
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    uri = f"{sqlite.file_uri(str(copy))}?immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as plain:
        assert plain.execute("SELECT count(*) FROM articles").fetchone() == (10,)


@pytest.mark.parametrize("reads", ["dump", "sql"])
def test_a_reader_that_stalls_holds_no_writer_up(
    db: str, tmp_path: Path, folder: Path, reads: str
) -> None:
    path, news = tmp_path / "a.db", tmp_path / "news"
    shutil.copy(db, path)
    news.mkdir()
    (news / "new.txt").write_text(" date 2024-01-01\nA xylophone\nText.\n")
    with Archive(path) as reader:
        rows = iter(reader.dump() if reads == "dump" else reader.sql("SELECT * FROM articles").rows)
        next(rows)
        began = time.monotonic()
        with Archive(path) as writer:
            assert writer.ingest([news]).new == 1
            assert writer.reindex() == 11
            assert writer.count("xylophone") == 1
        assert time.monotonic() - began < 5
        assert len(list(rows)) >= 9
        if reads == "dump":
            assert reader.verify().problems == ()
    assert sorted(os.listdir(tmp_path)) == ["a.db", "news"]


@pytest.mark.parametrize("when", ["before", "meanwhile", "unannounced"])
def test_the_index_is_compared_without_holding_a_writer_up(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    monkeypatch.setattr(sqlite_index, "_STEPS", 10)
    answers = iter([when == "before"])
    copies: list[str] = []
    folder = tempfile.TemporaryDirectory

    def counted() -> tempfile.TemporaryDirectory[str]:
        copies.append("")
        return folder()

    monkeypatch.setattr(tempfile, "TemporaryDirectory", counted)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        if when == "unannounced":
            writer.execute("BEGIN IMMEDIATE")
        assert sqlite_index.problem(str(path), lambda: next(answers, when == "meanwhile")) is None
    assert len(copies) == 1


def _as_nobody(run: Callable[[], object]) -> object:
    """What a function gives in a process that may not do everything, even where the tests are root."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            try:
                said = repr(run())
            except ArchiveError as error:
                said = repr(str(error))
            os.write(writer, said.encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user can reach."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    yield root
    root.chmod(0o755)
    shutil.rmtree(root)


@pytest.mark.parametrize(
    ("file", "folder_mode", "left", "expected"),
    [
        (0o444, 0o555, "", "2"),
        (0o666, 0o555, "", "2"),
        (0o444, 0o777, "", "2"),  # and no log that the owner could not write
        (0o444, 0o555, "-wal", "copy the archive and its -wal file to a writable folder"),
        (0o444, 0o555, "-journal", "copy the archive and its -journal file to a writable folder"),
        (0o444, 0o555, "both", "2"),
    ],
)
def test_what_may_not_be_written_is_read_as_it_is(
    db: str, open_folder: Path, file: int, folder_mode: int, left: str, expected: str
) -> None:
    path = open_folder / "a.db"
    shutil.copy(db, path)
    if left:
        _killed(HOT_JOURNAL if left == "-journal" else LOG, path)
    if left == "-wal":
        Path(f"{path}-shm").unlink()
    for entry in open_folder.iterdir():
        entry.chmod(file)
    open_folder.chmod(folder_mode)
    before = {
        entry.name: entry.read_bytes() for entry in open_folder.iterdir() if "shm" not in entry.name
    }
    with Archive(db) as archive:  # loads what the child will need
        archive.count("moscow")

    def look() -> int:
        with Archive(path) as archive:
            return archive.count("moscow")

    assert expected in str(_as_nobody(look))
    after = {
        entry.name: entry.read_bytes() for entry in open_folder.iterdir() if "shm" not in entry.name
    }
    assert after == before


def test_the_log_of_another_program_is_left_alone(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE ingests (started_at, finished_at)")
        other.execute("CREATE TABLE paragraphs (text)")
        other.execute("INSERT INTO ingests VALUES (1, 2)")
    _killed(LOG, path)
    before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
    assert "other.db-wal" in before
    for command in (("search", "x"), ("ingest", tmp_path), ("verify",), ("backup", tmp_path / "x")):
        assert cli(*command, "--db", path).returncode == 4
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == before


def test_a_reader_can_change_nothing(db: str) -> None:
    with contextlib.closing(sqlite.open_read_only(db)) as reader:
        sqlite.list_places(reader)
        for sql in ("DELETE FROM articles", "CREATE TABLE x (y)", "PRAGMA user_version = 3"):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader.execute(sql)


def _first(path: str, news: Path, other: str) -> None:
    with Archive(path) as archive:
        archive.ingest([news])


def _restore(path: str, news: Path, other: str) -> None:
    with Archive(path) as archive:
        archive.restore(other)


def _load(path: str, news: Path, other: str) -> None:
    with Archive(path) as archive, Archive(other) as source:
        archive.load(f"{line}\n".encode() for line in source.dump())


def _backup(path: str, news: Path, other: str) -> None:
    with Archive(other) as archive:
        archive.backup(path)


PUT = [
    (_first, False),
    (_restore, False),
    (_restore, True),
    (_load, False),
    (_backup, False),
    (_backup, True),
]
PUT_NAMES = ["first ingest", "restore", "restore over", "load", "backup", "backup over"]


@pytest.mark.parametrize(("run", "over"), PUT, ids=PUT_NAMES)
def test_every_name_that_counts_is_on_the_disk(
    run: Callable[[str, Path, str], None],
    over: bool,
    db: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "a.db"
    if over:
        shutil.copy(db, path)
    calls: list[str] = []
    sync, replace, link = os.fsync, os.replace, os.link

    def synced(descriptor: int) -> None:
        calls.append(f"sync {Path(os.readlink(f'/proc/self/fd/{descriptor}')).name}")
        sync(descriptor)

    def replaced(old: str, new: str) -> None:
        calls.append(f"rename {Path(old).name} {Path(new).name}")
        replace(old, new)

    def linked(old: str, new: str) -> None:
        calls.append(f"link {Path(new).name}")
        link(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(os, "link", linked)
    run(str(path), folder, db)
    kept = ["link a.db.replaced", f"sync {tmp_path.name}"] if run is _restore and over else []
    assert calls == [
        *kept, "sync a.db.new", f"sync {tmp_path.name}", "rename a.db.new a.db", f"sync {tmp_path.name}",
    ]  # fmt: skip


def _or_die(steps: Iterator[int], call: Callable[..., object], *given: object) -> None:
    """Make a call to the system, or end by SIGKILL where no steps are left."""
    if next(steps, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    call(*given)


@pytest.mark.parametrize(("run", "over"), PUT, ids=PUT_NAMES)
def test_killed_at_any_step_of_putting_it_in_place_the_archive_is_the_old_or_the_new(
    run: Callable[[str, Path, str], None], over: bool, db: str, folder: Path, tmp_path: Path
) -> None:
    ended = False
    for step in range(1, 40):
        path = tmp_path / str(step) / "a.db"
        path.parent.mkdir()
        if over:
            shutil.copy(db, path)
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            steps = iter(range(step - 1))
            for name in ("fsync", "replace", "link", "unlink"):
                setattr(os, name, functools.partial(_or_die, steps, getattr(os, name)))
            try:
                run(str(path), folder, db)
            finally:
                os._exit(0)
        ended = os.waitpid(pid, 0)[1] == 0
        if over or path.exists():
            with Archive(path) as archive:
                assert archive.verify().problems == ()
                assert archive.stats().articles in ((0, 10) if run is _first else (10,))
        if run is _load and path.exists():
            break
        run(str(path), folder, db)
        names = {entry.name for entry in path.parent.iterdir()}
        assert names <= {"a.db", "a.db.replaced", "a.db.replaced-2"}
        if ended:
            break
    assert ended or run is _load


def test_a_log_that_cannot_be_folded_in_is_never_left_behind(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is put in its place is the file alone: with a log beside it, that would be half of it."""
    path = tmp_path / "a.db"
    held: list[sqlite3.Connection] = []

    def settle(connection: sqlite3.Connection) -> None:
        reader = sqlite3.connect(f"{path}.new", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM sqlite_schema").fetchone()
        held.append(reader)

    monkeypatch.setattr(sqlite, "settle", settle)
    with Archive(path) as archive, pytest.raises(ArchiveUnusable, match="could not be folded in"):
        archive.ingest([folder])
    for reader in held:
        reader.close()
    assert os.listdir(tmp_path) == []


def test_a_restore_under_a_reader_mixes_no_two_archives(
    db: str, tmp_path: Path, folder: Path
) -> None:
    """The reader keeps the old log open under the name that the new one takes."""
    path = tmp_path / "a.db"
    with Archive(path) as archive:
        archive.ingest([folder / "01"])
    with contextlib.closing(sqlite.open_read_only(str(path))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM articles").fetchone()
        with Archive(path) as archive:
            archive.ingest([folder / "02"])
            assert Path(f"{path}-wal").stat().st_size > 0
            assert archive.restore(db).replaced == f"{path}.replaced"
            assert not Path(f"{path}-wal").exists()
        _killed(LOG, path)
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (1,)
    assert Path(f"{path}-wal").stat().st_size > 0  # the new one's, not the reader's to remove
    for name, articles in ((path, 10), (f"{path}.replaced", 2)):
        with Archive(name) as archive:
            assert archive.verify().problems == ()
            assert archive.stats().articles == articles
    with Archive(path) as archive:
        runs = archive.sql("SELECT count(*) FROM ingests WHERE finished_at = started_at").rows
        assert next(runs) == (1,)


@pytest.mark.parametrize("how", ["ingest", "restore", "remove"])
@pytest.mark.parametrize("writable", [True, False])
def test_an_archive_that_stays_open_sees_what_others_bring(
    db: str, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, how: str, writable: bool
) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as writer:
        writer.ingest([folder / "01"])
    access = os.access
    monkeypatch.setattr(os, "access", lambda name, mode: writable and access(name, mode))
    with Archive(path) as reader:
        assert reader.stats().articles == 1
        if how == "remove":
            path.unlink()
            with pytest.raises(ArchiveMissing):
                reader.stats()
        else:
            with Archive(path) as writer:
                writer.ingest([folder]) if how == "ingest" else writer.restore(db)
            assert reader.stats().articles == 10
            assert reader.verify().problems == ()


def test_what_another_user_writes_under_a_reader_without_a_log_is_an_error(
    db: str, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    with Archive(path) as writer:
        writer.ingest([folder / "01"])
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Archive(path) as reader:
        lines = reader.dump()
        next(lines)
        with Archive(path) as writer:
            writer.ingest([folder])
        with pytest.raises(ArchiveBusy, match="was written meanwhile: ask again"):
            list(lines)


def test_who_may_not_write_an_archive_leaves_no_log_beside_it(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Archive(path) as reader:
        assert next(reader.sql("SELECT count(*) FROM articles").rows) == (10,)
        assert reader.count("moscow") == 2
        assert os.listdir(tmp_path) == ["a.db"]
