"""Archives and dumps from strangers: nothing in them runs, and nothing is taken in that no ingest
would have written. The fault run tries many more (tests/faults/hostile.py, hostile_dumps.py)."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive import Archive
from archive.engines.sqlite import connection as sqlite
from archive.engines.sqlite import guard, schema_revisions
from archive.errors import ArchiveError, ArchiveUnusable, SqlError, Unwritten
from archive.formats.packing import compress, rebuild
from archive.records import Article
from archive.schema_doc import markdown
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Cli

sys.path.insert(0, str(ROOT / "tests" / "faults"))

import harness
import hostile
import hostile_dumps


def test_every_command_refuses_or_survives_a_hostile_archive() -> None:
    assert hostile.on_archives(8).failures == []


def test_load_takes_from_a_hostile_dump_only_what_is_an_archive() -> None:
    assert hostile_dumps.on_load(30).failures == []


@pytest.fixture
def copy(db: str, tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    shutil.copy(db, path)
    return path


def _change(path: Path, *statements: str) -> bytes:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_what_is_not_ours_is_refused_and_left_as_it_is(copy: Path, folder: Path, name: str) -> None:
    before = _change(copy, *hostile.REFUSED[name])
    with Archive(copy) as archive:
        with pytest.raises(ArchiveError):
            archive.search("moscow")
        with pytest.raises(ArchiveError):
            archive.ingest([folder])
        with pytest.raises(ArchiveError):
            archive.backup(copy.parent / "b.db")
    assert copy.read_bytes() == before
    assert os.listdir(copy.parent) == ["a.db"]


CALLS: tuple[Callable[[Archive], object], ...] = (
    Archive.stats, Archive.doctor, Archive.sources, Archive.rejections, Archive.roots,
    Archive.users_own, Archive.duplicates,
    lambda archive: archive.verify(quick=True),
    lambda archive: [hit.paragraphs for hit in archive.search("the")],
    lambda archive: [hit.paragraphs for hit in archive.search("", versions=True, sort="oldest")],
    lambda archive: archive.facet("", "month"),
    lambda archive: archive.explain("the"),
    lambda archive: archive.concordance("the"),
    lambda archive: archive.timeline(["the"], "day"),
    lambda archive: archive.quote("the minister said on", versions=True),
    lambda archive: archive.similar(archive.article(1)),
    lambda archive: [archive.article(1, version.number) for version in archive.history(1)],
    lambda archive: archive.diff("1"),
    lambda archive: archive.cite("1:1"),
    lambda archive: archive.raw(1),
    lambda archive: archive.neighbours(1),
    Archive.growth,
    lambda archive: [*archive.dump()],
    lambda archive: archive.export(f"{archive.path}.out"),
    lambda archive: archive.backup(f"{archive.path}.copy"),
    lambda archive: archive.ingest([f"{archive.path}.news"], dry_run=True),
    lambda archive: archive.ingest([f"{archive.path}.news"]),
    lambda archive: archive.relocate("/", "/elsewhere"),
    Archive.reindex,
    lambda archive: archive.remove([1]),
)  # fmt: skip
"""What can be asked of an archive; those that write come last."""


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.sound(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("table", hostile.COLUMNS)
def test_a_forged_value_is_an_error_of_ours_in_python_too(
    base: Path, tmp_path: Path, table: str
) -> None:
    for number, (column, value) in enumerate(
        (column, value) for column in hostile.COLUMNS[table] for value in hostile.WRONG.values()
    ):
        path = tmp_path / f"{number}.db"  # none lies beside the log of an earlier one
        shutil.copy(base, path)
        with contextlib.suppress(sqlite3.IntegrityError):  # what SQLite itself does not let in
            _change(path, f"UPDATE {table} SET {column} = {value}")
        shutil.copytree(base.parent / "more", f"{path}.news", dirs_exist_ok=True)
        for call in CALLS[number % 3 :: 3]:
            with Archive(path) as archive, contextlib.suppress(ArchiveError):
                call(archive)


def test_numbers_far_apart_are_indexed_as_soon_as_others(copy: Path) -> None:
    _change(copy, *hostile.ANSWERED["numbers as large as there are"])
    with Archive(copy) as archive:
        assert archive.reindex() == 10


def test_tables_views_and_indexes_of_the_users_own_are_left_alone(
    copy: Path, folder: Path, cli: Cli
) -> None:
    _change(
        copy,
        "CREATE TABLE notes (article_id, note)",
        "CREATE TABLE tags (tag)",
        "CREATE INDEX mine ON articles (byline, published_on)",
        "CREATE VIEW recent AS SELECT * FROM articles WHERE published_on > '2023'",
        "CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM notes; END",
        "ANALYZE",
    )
    with Archive(copy) as archive:
        assert archive.count("moscow") == 2
        assert archive.ingest([folder]).unchanged == 10
        assert archive.verify().problems == ()
        found = {finding.name: finding for finding in archive.doctor()}
    own = found["tables of your own"]
    assert (own.found, own.advice) == (
        "notes, recent, tags", "rename tags: a later version may use the name"
    )  # fmt: skip
    dumped = cli("dump", "--db", copy)
    assert (dumped.returncode, dumped.stderr) == (
        0, "archive: tables of your own are not in a dump: notes, recent, tags\n"
    )  # fmt: skip


def test_the_reserved_names_are_documented() -> None:
    assert all(f"`{name}`" in markdown() for name in guard.RESERVED)


@pytest.mark.parametrize("revision", schema_revisions.REVISIONS[:-1])
def test_an_older_archive_is_compared_with_its_own_revision(revision: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    packed = ROOT / "tests" / "data" / f"archive-{revision}.db.gz"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    _change(path, "CREATE TRIGGER t AFTER DELETE ON sources BEGIN DELETE FROM articles; END")
    with Archive(path) as archive, pytest.raises(ArchiveUnusable, match="a trigger on its sources"):
        archive.upgrade()
    _change(path, "DROP TRIGGER t")
    with Archive(path) as archive:
        assert archive.upgrade()[0] == revision


def test_connections_trust_nothing_in_the_file(copy: Path) -> None:
    with contextlib.closing(sqlite.open_read_only(str(copy))) as reader:
        assert reader.execute("PRAGMA trusted_schema").fetchone() == (0,)
        assert reader.execute("PRAGMA cell_size_check").fetchone() == (1,)
        with pytest.raises(sqlite3.DataError, match="too big"):
            reader.execute("SELECT zeroblob(200000000)").fetchone()
    with contextlib.closing(sqlite.open_writer(str(copy))) as writer:
        assert writer.execute("PRAGMA trusted_schema").fetchone() == (0,)
        with pytest.raises(sqlite3.DataError, match="too big"):
            writer.execute("SELECT zeroblob(200000000)").fetchone()
        if sys.version_info >= (3, 12):
            assert writer.getconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE)


def test_kept_bytes_are_unpacked_up_to_the_size_that_they_should_have() -> None:
    article = Article("2023-01-01", "Title", ("Text.",))
    packed = compress(bytes(50_000_000), article)
    assert len(packed) < 100_000
    for size in (-1, 0, 1000, 2**40, 2**63 - 1):
        with pytest.raises(ValueError, match=r"cannot be unpacked|never taken in"):
            rebuild(article, packed, b"", size)


def test_a_larger_file_than_can_be_given_back_is_never_taken_in(cli: Cli, tmp_path: Path) -> None:
    done = cli("ingest", tmp_path, "--max-size", "1G", "--db", tmp_path / "a.db")
    assert (done.returncode, done.stderr) == (2, "archive: --max-size: at most 100M\n")


COUNT = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
LIMITED = COUNT.replace(") SELECT", " LIMIT 100) SELECT").replace("FROM n)", "FROM n LIMIT 100)")


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_an_answer_that_is_cut_short_says_so_last(db: str, cli: Cli, form: list[str]) -> None:
    done = cli("sql", COUNT + "SELECT i FROM n", "--timeout", "0.5", *form, "--db", db)
    assert done.returncode == 2
    assert done.stdout.count("\n") > 100
    (last,) = done.stderr.splitlines()
    assert last.startswith("archive: cut short after ")
    assert "raise --timeout" in last


@pytest.mark.parametrize(
    "value",
    ["printf('%.*c', 15000000, 'x')", "printf('%.*c', 4000000, char(27))"],
    ids=["long", "escapes"],
)
def test_the_limits_hold_for_the_printing_too(db: str, value: str) -> None:
    def inside(_: int) -> int:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for good
        statement = LIMITED + f"SELECT {value} FROM n"
        return harness.command("--db", db, "sql", statement, "--timeout", "1")

    child = harness.Child(inside)
    assert child.end() in (0, 2)
    assert child.seconds < 5
    assert child.peak < 500


def test_no_limit_of_time(db: str) -> None:
    slow = COUNT.replace("FROM n)", "FROM n LIMIT 3000000)") + "SELECT max(i) FROM n"
    with Archive(db) as archive:
        with pytest.raises(SqlError, match="stopped"):
            list(archive.sql(slow, timeout=0.01).rows)
        assert list(archive.sql(slow, timeout=0).rows) == [(3_000_000,)]


def test_a_folder_that_is_not_there_is_named(cli: Cli, folder: Path) -> None:
    for command in (("ingest", folder), ("load", folder / "01" / "01-visit.txt")):
        done = cli(*command, "--db", "/nonexistent/x.db")
        assert (done.returncode, done.stderr) == (
            2, "archive: there is no folder /nonexistent: make it first\n"
        )  # fmt: skip


def test_export_on_a_full_disk_is_one_line_and_leaves_no_half_file(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.utime
    done: list[str] = []

    def full(name: str, *, ns: tuple[int, int]) -> None:
        if len(done) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done.append(name)
        real(name, ns=ns)

    monkeypatch.setattr(os, "utime", full)
    with Archive(db) as archive, pytest.raises(Unwritten, match=r"No space left.*; 3 files of 10"):
        archive.export(tmp_path / "out")
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 3
